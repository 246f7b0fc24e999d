// Templates: words that two people agreed on; gaps are filled here, and a commander can send one alone.
import { computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Template } from "../wire";
import { say } from "../words";
import { area, chosen, proving, refused, selection, tried, updating } from "./draft";

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
}

let press: { of: string; headers: ReturnType<typeof key> } | null = null;
async function release(): Promise<void> {
  const [wanted, sent] = [area.value, template.value];
  if (!wanted || !sent) return;
  const of = JSON.stringify([wanted, sent.id, gaps.value]);
  if (press?.of !== of) press = { of, headers: key() };
  const { headers } = press;
  await tried(async () => {
    const row = await take(api.POST("/api/templates/{id}/release", { params: { path: { id: sent.id } }, headers, body: { selection: selection(wanted), gaps: gaps.value } }));
    press = null;
    chosen.value = row.id;
    area.value = null;
    choose("");
  });
}

async function approve(row: Template): Promise<void> {
  try {
    await take(api.POST("/api/templates/{id}/approve", { params: { path: { id: row.id } }, headers: key() }));
    await loadTemplates();
    choose(row.id);
  } catch (error) {
    proving(error, () => approve(row));
  }
}

export function TemplateChoice() {
  const sent = template.value;
  if (updating.value || templates.value.length === 0) return null;
  const full = sent !== null && sent.gaps.every((gap) => gaps.value[gap]);
  return (
    <section class="template" data-testid="template">
      <label class="field"><span>{say("template")}</span><select name="template" value={sent?.id ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{say("templateNone")}</option>
        {templates.value.map((row) => <option key={row.id} value={row.id}>{row.name}{row.state === "waiting" ? `（${say("templateWaits")}）` : ""}</option>)}
      </select></label>
      {sent && <div class="gaps">{sent.gaps.map((gap) => <label key={gap} class="field"><span>{gap}</span><input name={gap} maxLength={40} value={gaps.value[gap] ?? ""} onInput={(event) => (gaps.value = { ...gaps.value, [gap]: event.currentTarget.value })} /></label>)}</div>}
      {sent?.state === "waiting" && !sent.mine && <button type="button" class="secondary" onClick={() => void approve(sent)}>{say("templateApprove")}</button>}
      {alone.value && <><button type="button" class="danger" disabled={!full || !area.value} onClick={() => void release()}>{say("release")}</button><p class="note">{say("releaseHow")}</p></>}
    </section>
  );
}
