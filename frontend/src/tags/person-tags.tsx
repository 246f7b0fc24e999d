// The tags on one resident: plain ones at once, sensitive ones only with a reason; put on by search, taken off with a tap.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { REASONS } from "../people/reasons";
import { why } from "../ui/parts";
import type { PersonTags as On } from "../wire";
import { say } from "../words";
import { CATEGORY, fits, inLanguage, loadTags, nameOf, tagName, tags } from "./store";
import "./tags.css";

const MOST_OFFERED = 12;
const on = signal<On | null>(null);
const whose = signal("");
const searched = signal("");
const trouble = signal("");
/** What waits for a reason: seeing the sensitive tags, or a change of one. */
type Waiting = { add: string[]; remove: string[] } | "reveal";
const asking = signal<Waiting | null>(null);

export function followTags(id: () => string): void {
  effect(() => {
    whose.value = id();
    on.value = null;
    asking.value = null;
    searched.value = "";
    if (whose.value) void tried(() => take(api.GET("/api/residents/{id}/tags", { params: { path: { id: whose.value } } })));
  });
}

async function tried(call: () => Promise<On>): Promise<void> {
  const id = whose.peek();
  try {
    const found = await call();
    if (whose.peek() === id) on.value = found;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

function change(add: string[], remove: string[]): void {
  searched.value = "";
  const sensitive = [...add, ...remove].some((code) => tags.value.find((tag) => tag.code === code)?.sensitive);
  if (sensitive) asking.value = { add, remove };
  else void set(add, remove, null);
}

const set = (add: string[], remove: string[], reason: string | null): Promise<void> =>
  tried(async () => {
    await take(api.POST("/api/residents/{id}/tags", { params: { path: { id: whose.value } }, body: { add, remove, reason } }));
    return take(api.GET("/api/residents/{id}/tags", { params: { path: { id: whose.value } } }));
  });

function because(reason: string): void {
  const wanted = asking.value;
  asking.value = null;
  if (wanted === "reveal") void tried(() => take(api.POST("/api/residents/{id}/tags/reveal", { params: { path: { id: whose.value } }, body: { reason } })));
  else if (wanted) void set(wanted.add, wanted.remove, reason);
}

function Offered() {
  const said = searched.value.trim().toLowerCase();
  if (!said) return null;
  const fitting = tags.value.filter((tag) => !tag.retired && fits(tag, said)).slice(0, MOST_OFFERED);
  return (
    <ul class="offered">{fitting.map((tag) => (
      <li key={tag.code}><button type="button" class="secondary" onClick={() => change([tag.code], [])}><b>＋ {nameOf(tag)}</b><small>{say(CATEGORY[tag.category])}{tag.sensitive ? ` · ${say("tagSensitive")}` : ""} · {inLanguage(tag.definition_zh, tag.definition_en ?? "")}</small></button></li>
    ))}{fitting.length === 0 && <li>{say("tagNone")}</li>}</ul>
  );
}

export function PersonTags() {
  const now = on.value;
  if (tags.value.length === 0) void loadTags();
  return (
    <section class="person-tags" data-testid="tags">
      <h3>{say("tagsTitle")}</h3>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <ul class="worn">{now?.items.map((row) => <li key={row.code}><b>{tagName(row.code)}</b><small>{say("tagUntil", { on: row.until })}</small><button type="button" aria-label={say("tagTakeOff", { name: tagName(row.code) })} onClick={() => change([], [row.code])}>×</button></li>)}</ul>
      {now && now.items.length === 0 && now.hidden === 0 && <p class="small">{say("tagsEmpty")}</p>}
      {now && now.hidden > 0 && asking.value !== "reveal" && <button type="button" class="secondary" onClick={() => (asking.value = "reveal")}>{say("tagsHidden", { n: now.hidden })}</button>}
      {asking.value && <div class="reasons" role="group" aria-label={say("reasonAsk")}><p>{say("reasonAsk")}</p>{REASONS.map((reason) => <button key={reason} type="button" class="secondary" onClick={() => because(say(reason))}>{say(reason)}</button>)}</div>}
      <label class="field"><span>{say("tagAdd")}</span><input type="search" value={searched.value} placeholder={say("tagSearch")} onInput={(event) => (searched.value = event.currentTarget.value)} /></label>
      <Offered />
    </section>
  );
}
