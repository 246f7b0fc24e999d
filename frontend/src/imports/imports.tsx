// Spreadsheets in and out: every bad row is named before anything is in the register; a whole import can be taken back.
import { computed, effect, signal, useSignal } from "@preact/signals";
import { areas } from "../grids/store";
import { session } from "../realtime/store";
import { FileChoice } from "../ui/file-choice";
import { fieldName } from "../register/person-history";
import { when } from "../time";
import type { Import } from "../wire";
import { type Key, language, number, say } from "../words";
import { commit, current, discard, download, follow, imports, importTrouble, keepsIdNumbers, readAgain, readRows, rows, shownState, undo, upload, uploaded } from "./upload";

const STATE: Record<string, Key> = { uploading: "importUploading", reading: "importReading", staged: "importStaged", refused: "importRefused", committing: "importCommitting", committed: "importCommitted", undoing: "importUndoing", undone: "importUndone" };
const FIELD: Record<string, Key> = { township: "township", village: "village", group: "group", group_code: "fieldGroupCode", household: "fieldHousehold", head: "fieldHead", id_number: "fieldIdentity", lon: "fieldLon", lat: "fieldLat", birth: "fieldBirth", remark: "fieldRemark", nickname: "fieldNickname", mark: "fieldMark", officer: "role_officer", tags: "tagsTitle" };
const OFFERED_WECOM = ["nickname", "remark", "name", "phone", "officer", "tags"] as const;
const OFFERED = ["name", "phone", "birth", "id_number", "group_code", "township", "village", "group", "address", "household", "head", "presence", "lon", "lat"] as const;
const name = (field: string): string => (FIELD[field] ? say(FIELD[field]) : fieldName(field));
const ROWS = 100;
const columns = signal<(string | null)[]>([]);
const doubtful = signal(false);
const sure = signal("");
const opened = computed(() => current.value?.id);
/** What was said of one file is said of no other. */
effect(() => {
  void opened.value;
  columns.value = [];
  doubtful.value = false;
  sure.value = "";
});

function send(event: SubmitEvent): void {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const file = form.get("file");
  if (file instanceof File && file.size) void upload(file, form.get("kind") === "wecom" ? "wecom" : "register", String(form.get("under")) || null);
}

function Under({ named, all }: { named: string; all: boolean }) {
  const mine = session.value?.user.grids ?? [];
  const here = areas.value.filter((area) => area.level !== "group" && mine.some((code) => area.code.startsWith(code)));
  return <label class="field"><span>{say(named === "under" ? "importUnder" : "exportGrid")}</span><select name={named}>{all && mine.length !== 1 && <option value="">{say("importAnywhere")}</option>}{here.map((area) => <option key={area.code} value={area.code}>{area.level === "village" ? `　${area.name}` : area.name}</option>)}</select></label>;
}

function Progress({ work }: { work: Import }) {
  const part = work.state === "uploading" ? uploaded.value : work.total ? work.done / work.total : undefined;
  return <p role="status"><progress value={part} max={1} aria-label={say(STATE[work.state] ?? "loading")} /> {say(STATE[work.state] ?? "loading")} {work.state === "reading" && say("importRows", { n: number(work.done) })}</p>;
}

function Columns({ work }: { work: Import }) {
  const chosen = work.headings.map((heading, at) => columns.value[at] ?? heading.field ?? heading.suggestion);
  const choose = (at: number, field: string): void => void (columns.value = chosen.map((was, position) => (position === at ? field || null : was)));
  return (
    <details open={work.state === "refused"}>
      <summary>{say("importColumns")}</summary>
      <ul class="columns">{work.headings.map((heading, at) => (
        <li key={at}><label class="field"><span>{heading.heading || say("importNoHeading")}</span><select value={chosen[at] ?? ""} onChange={(event) => choose(at, event.currentTarget.value)}><option value="">{say("importLeaveOut")}</option>{(work.kind === "wecom" ? OFFERED_WECOM : OFFERED).map((field) => <option key={field} value={field}>{name(field)}</option>)}</select></label></li>
      ))}</ul>
      <button type="button" class="secondary" onClick={() => { void readAgain(work.id, chosen.map((field) => field ?? null)); columns.value = []; }}>{say("importReadAgain")}</button>
    </details>
  );
}

function Staged({ work }: { work: Import }) {
  const count = (state: string): number => work.counts[state] ?? 0;
  const good = count("new") + count("update") + (doubtful.value ? count("doubtful") : 0);
  return (
    <>
      <dl class="counts">{(["new", "update", "doubtful", "bad"] as const).map((state) => <div key={state} class={state}><dt>{say(`row_${state}`)}</dt><dd>{number(count(state))}</dd></div>)}</dl>
      {count("doubtful") > 0 && <label class="check"><input type="checkbox" checked={doubtful.value} onChange={(event) => (doubtful.value = event.currentTarget.checked)} /> {say("importDoubtful", { n: number(count("doubtful")) })}</label>}
      <div class="two"><button type="button" class="primary" disabled={good === 0} onClick={() => void commit(work.id, doubtful.value)}>{say("importCommit", { n: number(good) })}</button><button type="button" class="secondary" onClick={() => void discard(work.id)}>{say("importDiscard")}</button></div>
      {count("bad") + count("doubtful") > 0 && <div class="choice">{(["bad", "doubtful"] as const).map((state) => <button key={state} type="button" class={shownState.value === state ? "chosen" : ""} onClick={() => void readRows(work.id, state, 1)}>{say(`row_${state}`)} {number(count(state))}</button>)}</div>}
      {rows.value.items.length > 0 && <table class="bad" data-testid="rows"><thead><tr><th>{say("importLine")}</th><th>{say("importField")}</th><th>{say("importSaid")}</th><th>{say("importWhy")}</th></tr></thead><tbody>{rows.value.items.map((row) => <tr key={row.line}><td>{row.line}</td><td>{row.field && name(row.field)}</td><td>{row.said}</td><td>{row.message}</td></tr>)}</tbody></table>}
      {rows.value.total > rows.value.items.length && <button type="button" class="secondary" onClick={() => void readRows(work.id, shownState.value, Math.floor(rows.value.items.length / ROWS) + 1)}>{say("importMoreRows", { n: number(rows.value.total - rows.value.items.length) })}</button>}
    </>
  );
}

function Work({ work }: { work: Import }) {
  return (
    <section class="work" data-testid="import" data-state={work.state}>
      <h3>{work.name} <small>{say(STATE[work.state] ?? "loading")}</small></h3>
      {["uploading", "reading", "committing", "undoing"].includes(work.state) && <Progress work={work} />}
      {work.fault && <p class="refused" role="alert">{String(work.fault["message"])}</p>}
      {(work.state === "refused" || work.state === "staged") && work.headings.length > 0 && <Columns work={work} />}
      {work.state === "staged" && <Staged work={work} />}
      {(work.state === "refused" || work.state === "uploading") && <button type="button" class="secondary" onClick={() => void discard(work.id)}>{say("importDiscard")}</button>}
      {work.state === "committed" && <button type="button" class={sure.value === work.id ? "danger" : "secondary"} onClick={() => { if (sure.value === work.id) void undo(work.id); sure.value = sure.value === work.id ? "" : work.id; }}>{say(sure.value === work.id ? "importUndoSure" : "importUndo")}</button>}
      {work.state === "undone" && <p>{say("importUndoneOf", { n: number(work.counts["undone"] ?? 0), k: number(work.counts["kept"] ?? 0) })}</p>}
    </section>
  );
}

function Export() {
  const trying = useSignal(false);
  const take = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    trying.value = true;
    void download(String(form.get("grid")), form.get("clear") === "on", String(form.get("reason")).trim()).then(() => (trying.value = false));
  };
  return (
    <form class="task-form" onSubmit={take}>
      <h2>{say("exportTitle")}</h2>
      <p class="small">{say("exportHow")}</p>
      <Under named="grid" all={false} />
      <label class="field"><span>{say("exportReason")}</span><input name="reason" required minLength={2} maxLength={200} autocomplete="off" /></label>
      <label class="check"><input type="checkbox" name="clear" /> {say("exportClear")}</label>
      <button type="submit" class="secondary" disabled={trying.value}>{say("exportGo")}</button>
    </form>
  );
}

export function Imports() {
  const shown = current.value;
  return (
    <div class="imports">
      {importTrouble.value && <p class="refused" role="alert">{importTrouble.value}</p>}
      {shown && <Work work={shown} />}
      <form class="task-form" onSubmit={send}>
        <h2>{say("importTitle")}</h2>
        <p class="small">{say("importHow")} {say(keepsIdNumbers.value ? "importKeepsId" : "importDropsId")}</p>
        <FileChoice name="file" accept=".xlsx,.csv,.txt" />
        <Under named="under" all />
        <label class="field"><span>{say("importKind")}</span><select name="kind"><option value="register">{say("importRegister")}</option><option value="wecom">{say("importWecom")}</option></select></label>
        <button type="submit" class="primary">{say("importGo")}</button>
      </form>
      {imports.value.length > 0 && <section><h2>{say("importEarlier")}</h2><ul class="earlier-imports">{imports.value.map((row) => <li key={row.id}><button type="button" onClick={() => { current.value = row; follow(row.id); }}><b>{row.name}</b><small>{say(STATE[row.state] ?? "loading")} · {when(row.at, language.value)}</small></button></li>)}</ul></section>}
      <Export />
    </div>
  );
}
