// The county's tags: what each means, what it is for, who answers for it, how often it is used; made, changed, retired, imported.
import { signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { FileChoice } from "../ui/file-choice";
import { why } from "../ui/parts";
import type { Tag } from "../wire";
import { number, say } from "../words";
import { CATEGORIES, CATEGORY, fits, inLanguage, loadTags, nameOf, tags, tagsTrouble } from "./store";

const MAY = new Set(["commander", "planner"]);
const searched = signal("");
const category = signal<Tag["category"] | "">("");
const trouble = signal("");
const sure = signal("");
const told = signal<{ added: number; changed: number; bad: { line: number; field: string; message: string }[]; committed: boolean } | null>(null);
const list = signal("");

async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
    trouble.value = "";
    await loadTags();
  } catch (error) {
    trouble.value = why(error);
  }
}

const TOO_SOON = 1000; // a double click is no second thought
let askedAt = 0;

function retire(tag: Tag): void {
  if (sure.value !== tag.code) {
    askedAt = Date.now();
    return void (sure.value = tag.code);
  }
  if (Date.now() - askedAt < TOO_SOON) return;
  sure.value = "";
  void tried(() => take(api.POST("/api/tags/{code}/retire", { params: { path: { code: tag.code } } })));
}

/** The tag that is being merged, and the one of its category that stays. */
const merging = signal<{ code: string; into: string } | null>(null);

function merge(): void {
  const now = merging.value;
  if (now?.into) void tried(() => take(api.POST("/api/tags/{code}/merge", { params: { path: { code: now.code } }, body: { into: now.into } }))).then(() => (merging.value = null));
}

function Merge({ tag }: { tag: Tag }) {
  const now = merging.value;
  if (now?.code !== tag.code) return <button type="button" class="secondary" onClick={() => (merging.value = { code: tag.code, into: "" })}>{say("tagMerge")}…</button>;
  const others = tags.value.filter((other) => other.code !== tag.code && !other.retired && other.sensitive === tag.sensitive);
  return (
    <span class="merge">
      <label class="field"><span>{say("tagMerge")}</span><select value={now.into} onChange={(event) => (merging.value = { ...now, into: event.currentTarget.value })}><option value="" />{others.map((other) => <option key={other.code} value={other.code}>{nameOf(other)}</option>)}</select></label>
      <button type="button" class="danger" disabled={!now.into} onClick={merge}>{say("tagMergeSure")}</button>
      <button type="button" class="secondary" onClick={() => (merging.value = null)}>{say("cancel")}</button>
    </span>
  );
}

const bringBack = ({ used: _used, retired: _retired, ...tag }: Tag): void => void tried(() => take(api.POST("/api/tags", { body: tag })));

function make(event: SubmitEvent): void {
  event.preventDefault();
  const sheet = event.currentTarget as HTMLFormElement;
  const form = new FormData(sheet);
  const said = (name: string): string => String(form.get(name) ?? "").trim();
  const body = {
    code: said("code"), category: said("category") as Tag["category"], name_zh: said("name"), name_en: said("name_en") || said("code"), definition_zh: said("definition"), definition_en: "",
    purpose_zh: said("purpose"), purpose_en: "", owner_zh: said("owner"), owner_en: "", sensitive: form.get("sensitive") === "on", months: Number(said("months")),
  };
  void tried(async () => {
    await take(api.POST("/api/tags", { body }));
    sheet.reset();
  });
}

const offer = (commit: boolean): Promise<void> => tried(async () => (told.value = await take(api.POST("/api/tags/import", { body: { content: list.value, commit } }))));

function Make() {
  return (
    <details class="make"><summary>{say("tagMake")}</summary>
      <form class="task-form" onSubmit={make}>
        <p class="small">{say("tagRules")}</p>
        <div class="two"><label class="field"><span>{say("tagName")}</span><input name="name" required minLength={2} maxLength={20} /></label><label class="field"><span>{say("tagCode")}</span><input name="code" required pattern="[a-z0-9][a-z0-9\-]{1,39}" placeholder="has-raft" /></label></div>
        <div class="two"><label class="field"><span>{say("tagCategory")}</span><select name="category">{CATEGORIES.map((name) => <option key={name} value={name}>{say(CATEGORY[name])}</option>)}</select></label><label class="field"><span>{say("tagMonths")}</span><input name="months" type="number" min={1} max={24} required value={12} /></label></div>
        <label class="field"><span>{say("tagDefinition")}</span><input name="definition" required minLength={4} maxLength={200} /></label>
        <label class="field"><span>{say("tagPurpose")}</span><input name="purpose" required minLength={4} maxLength={200} /></label>
        <div class="two"><label class="field"><span>{say("tagOwner")}</span><input name="owner" required minLength={2} maxLength={40} /></label><label class="field"><span>{say("tagEnglish")}</span><input name="name_en" maxLength={60} /></label></div>
        <label class="check"><input name="sensitive" type="checkbox" defaultChecked /> {say("tagIsSensitive")}</label>
        <button type="submit" class="primary">{say("save")}</button>
      </form>
    </details>
  );
}

/** A csv as programs here write it: UTF-8, else GB18030. */
function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

function OwnList() {
  const readFile = (file: File): void => void file.arrayBuffer().then((bytes) => { list.value = decoded(bytes); void offer(false); });
  const found = told.value;
  return (
    <details class="make"><summary>{say("tagImport")}</summary>
      <p class="small">{say("tagImportHow")}</p>
      <FileChoice name="list" accept=".csv" then={readFile} />
      {found && <p role="status">{say(found.committed ? "tagImported" : "tagImportFound", { added: found.added, changed: found.changed, bad: found.bad.length })}</p>}
      {found && found.bad.length > 0 && <ul class="refused">{found.bad.slice(0, 20).map((row) => <li key={row.line}>{say("importLine")} {row.line} · {row.field} · {row.message}</li>)}</ul>}
      {found && !found.committed && found.bad.length === 0 && <button type="button" class="primary" onClick={() => void offer(true)}>{say("tagImportGo")}</button>}
    </details>
  );
}

export function TagList() {
  if (tags.value.length === 0 && !tagsTrouble.value) void loadTags();
  const said = searched.value.trim().toLowerCase();
  const shown = tags.value.filter((tag) => (!category.value || tag.category === category.value) && (!said || fits(tag, said)));
  const manages = MAY.has(session.value?.user.role ?? "");
  return (
    <section class="tag-list">
      {(trouble.value || tagsTrouble.value) && <p class="refused" role="alert">{trouble.value || tagsTrouble.value}</p>}
      {manages && <><Make /><OwnList /></>}
      <div class="two"><label class="field"><span>{say("tagSearch")}</span><input type="search" value={searched.value} onInput={(event) => (searched.value = event.currentTarget.value)} /></label><label class="field"><span>{say("tagCategory")}</span><select value={category.value} onChange={(event) => (category.value = event.currentTarget.value as Tag["category"] | "")}><option value="">{say("all")}</option>{CATEGORIES.map((name) => <option key={name} value={name}>{say(CATEGORY[name])}</option>)}</select></label></div>
      <p class="small">{say("tagCount", { n: shown.length, all: tags.value.length })}</p>
      <ul data-testid="tag-list">{shown.map((tag) => (
        <li key={tag.code} class={tag.retired ? "closed" : ""}>
          <p><b>{nameOf(tag)}</b> {tag.sensitive && <i>{say("tagSensitive")}</i>} <small>{say(CATEGORY[tag.category])} · {inLanguage(tag.owner_zh, tag.owner_en ?? "")} · {say("tagMonthsOf", { n: tag.months })} · {tag.retired ? say("tagRetired") : tag.used === null ? say("tagFew") : say("people", { n: number(tag.used) })}</small></p>
          <p>{inLanguage(tag.definition_zh, tag.definition_en ?? "")} <small>{inLanguage(tag.purpose_zh, tag.purpose_en ?? "")}</small></p>
          {manages && tag.retired && <button type="button" class="secondary" onClick={() => bringBack(tag)}>{say("formerReturn")}</button>}
          {manages && !tag.retired && <Merge tag={tag} />}
          {manages && !tag.retired && <button type="button" class={sure.value === tag.code ? "danger" : "secondary"} onClick={() => retire(tag)}>{sure.value === tag.code ? say("tagRetireSure", { n: tag.used ?? "?" }) : say("tagRetire")}</button>}
        </li>
      ))}</ul>
    </section>
  );
}
