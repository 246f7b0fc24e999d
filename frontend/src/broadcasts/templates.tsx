// Templates: words that two people agreed on; gaps are filled here, and a commander can send one alone.
import { batch, computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Template } from "../wire";
import { say } from "../words";
import { forgetProof, proven } from "./approval";
import { area, chosen, counting, preview, refused, selection, shown, tried, updating, type Words } from "./draft";
import { KINDS } from "./form";
import { pictureComes } from "./picture";

export const templates = signal<Template[]>([]);
export const template = signal<Template | null>(null);
const gaps = signal<Record<string, string>>({});
const URGENT = ["danger_notice", "road_hazard"];
const WORDS = ["headline", "description", "instruction", "issuer"] as const;
/** Alone: a commander, from a template that somebody approved, where danger is. */
const alone = computed(() => session.value?.user.role === "commander" && template.value?.state === "approved" && URGENT.includes(template.value.kind));

export async function loadTemplates(): Promise<void> {
  try {
    templates.value = (await take(api.GET("/api/templates"))).items;
    const now = templates.value.find((row) => row.id === template.value?.id);
    if (now && now.state !== template.value?.state) template.value = now; // a colleague approved it meanwhile
  } catch (error) {
    refused.value = why(error);
  }
}

/** The template's words, with what is known put into its gaps. */
export const filled = computed(() => {
  const chosenOne = template.value;
  if (!chosenOne) return null;
  const put = (text: string): string => text.replace(/\{([^{}]+)\}/g, (gap, name: string) => gaps.value[name] || gap);
  return { kind: chosenOne.kind, level: chosenOne.level, category: chosenOne.category, hours: chosenOne.hours, ...(Object.fromEntries(WORDS.map((name) => [name, put(chosenOne[name])])) as Record<(typeof WORDS)[number], string>) };
});

export function choose(id: string): void {
  template.value = templates.value.find((row) => row.id === id) ?? null;
  gaps.value = {};
  forgetProof();
}

/** What one sends alone is the template and nothing else: no drill, no word changed, no picture. */
const asApproved = (words: Words): boolean => !words.drill && words.effective === null && words.languages.length === 0 && words.picture === null && words.hours === filled.value?.hours && (["kind", "category", "level"] as const).every((name) => words[name] === filled.value?.[name]) && WORDS.every((name) => words[name] === filled.value?.[name]);

let press: { of: string; headers: ReturnType<typeof key> } | null = null;
async function release(sentOff: () => void): Promise<void> {
  const [wanted, sent] = [area.value, template.value];
  if (!wanted || !sent) return;
  const of = JSON.stringify([selection(wanted), sent.id, gaps.value]);
  if (press?.of !== of) press = { of, headers: key() };
  const { headers } = press;
  await tried(async () => {
    const row = await shown(null, take(api.POST("/api/templates/{id}/release", { params: { path: { id: sent.id } }, headers, body: { selection: selection(wanted), gaps: gaps.value } })));
    press = null;
    batch(() => {
      area.value = null;
      chosen.value = row.id;
      sentOff();
    });
  });
}

const approve = (row: Template): Promise<void> =>
  proven(async () => {
    await take(api.POST("/api/templates/{id}/approve", { params: { path: { id: row.id } }, headers: key() }));
    await loadTemplates();
    choose(row.id);
  });

/** Keep the words that stand in the form for another day, with gaps in braces; a colleague has to approve them. */
async function save(words: Words, name: string): Promise<void> {
  await tried(async () => {
    const { kind, level, category, headline, description, instruction, issuer, hours } = words;
    const kept = await take(api.POST("/api/templates", { headers: key(), body: { name, kind, level, category, headline, description, instruction, issuer, hours } }));
    await loadTemplates();
    saved.value = kept.name;
  });
}
const saved = signal("");
const name = signal("");

const sure = signal("");
/** Retired is for good, so it takes a second press. */
async function retire(row: Template): Promise<void> {
  if (sure.value !== row.id) return void (sure.value = row.id);
  sure.value = "";
  await tried(async () => {
    await take(api.POST("/api/templates/{id}/retire", { params: { path: { id: row.id } }, headers: key() }));
    choose("");
    await loadTemplates();
  });
}

export function SaveTemplate({ words }: { words: Words }) {
  if (updating.value) return null;
  return (
    <details class="save-template" data-testid="save-template">
      <summary>{say("templateSave")}</summary>
      <p class="note">{say("templateSaveHow")}</p>
      <div class="row">
        <label class="field"><span>{say("templateName")}</span><input name="template-name" maxLength={40} value={name.value} onInput={(event) => { name.value = event.currentTarget.value; saved.value = ""; }} /></label>
        <button type="button" class="secondary" disabled={name.value.trim().length < 2} onClick={() => void save(words, name.value).then(() => saved.value && (name.value = ""))}>{say("templateSaveGo")}</button>
      </div>
      {saved.value && <p class="took" role="status">{say("templateSaved", { name: saved.value })}</p>}
    </details>
  );
}

export function TemplateChoice({ words, sent: sentOff }: { words: Words; sent: () => void }) {
  const sent = template.value;
  if (updating.value || templates.value.length === 0) return null;
  const full = sent !== null && sent.gaps.every((gap) => gaps.value[gap]);
  const counted = area.value !== null && preview.value !== null && !counting.value;
  return (
    <section class="template" data-testid="template">
      <label class="field"><span>{say("template")}</span><select onFocus={() => void loadTemplates()} name="template" value={sent?.id ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{say("templateNone")}</option>
        {KINDS.filter((kind) => templates.value.some((row) => row.kind === kind)).map((kind) => <optgroup key={kind} label={say(kind)}>{templates.value.filter((row) => row.kind === kind).map((row) => <option key={row.id} value={row.id}>{row.name}{row.state === "waiting" ? `（${say("templateWaits")}）` : ""}</option>)}</optgroup>)}
      </select></label>
      {sent && <div class="gaps">{sent.gaps.map((gap) => <label key={gap} class="field"><span>{gap}</span><input name={gap} maxLength={40} value={gaps.value[gap] ?? ""} onInput={(event) => (gaps.value = { ...gaps.value, [gap]: event.currentTarget.value })} /></label>)}</div>}
      {sent?.state === "waiting" && !sent.mine && <button type="button" class="secondary" onClick={() => void approve(sent)}>{say("templateApprove")}</button>}
      {sent && <button type="button" class="quiet" onClick={() => void retire(sent)}>{say(sure.value === sent.id ? "templateRetireSure" : "templateRetire")}</button>}
      {alone.value && !words.drill && <><button type="button" class="danger" disabled={!full || !counted || !asApproved(words) || pictureComes.value} onClick={() => void release(sentOff)}>{say("release")}</button><p class="note">{say(asApproved(words) ? "releaseHow" : "releaseChanged")}</p></>}
    </section>
  );
}
