// Composing a broadcast: who is inside, the words, then off to somebody else's eyes.
import { effect, signal } from "@preact/signals";
import { placeOf } from "../grids/store";
import { now, when } from "../time";
import type { Preview } from "../wire";
import { language, number, say } from "../words";
import { area, byPlace, counting, preview, refused, submit, updating, whom, type Words } from "./draft";
import { Hints, PhonePreview } from "./phone-preview";
import { PictureChoice } from "./picture";
import { filled, TemplateChoice } from "./templates";
import { Translations } from "./translations";
import { Trial } from "./trials";
import { Whom } from "./whom";
import "./composer.css";

const KINDS = ["danger_notice", "road_hazard", "relayed_warning", "lost_person", "found_property", "notice", "campaign"] as const;
const LEVELS = ["red", "orange", "yellow", "blue", "none"] as const;
const HOURS = [1, 3, 6, 12, 24, 72];
const CATEGORY: Record<Words["kind"], Words["category"]> = { danger_notice: "Geo", road_hazard: "Transport", relayed_warning: "Met", lost_person: "Rescue", found_property: "Other", notice: "Other", campaign: "Safety" };

const GRAVE: Words["kind"][] = ["danger_notice", "road_hazard", "relayed_warning"];
/** What waits for an officer's word, unless its level says that it cannot wait; as is_routine in gridmap/broadcasts/quiet.py. */
const ROUTINE: Words["kind"][] = ["found_property", "notice", "campaign"];
const mayWait = (form: Words): boolean => ROUTINE.includes(form.kind) && form.level !== "red" && form.level !== "orange";
const HEADQUARTERS = "隆回县防汛抗旱指挥部";
const POLICE = "隆回县公安局";
/** What a kind brings along; a routine notice in a danger colour would be one more false alarm. */
const defaults = (kind: Words["kind"]): Partial<Words> => ({ kind, category: CATEGORY[kind], level: GRAVE.includes(kind) ? "orange" : "none", issuer: GRAVE.includes(kind) ? HEADQUARTERS : POLICE, by_order: ROUTINE.includes(kind) });
const words = signal<Words>({ kind: "danger_notice", level: "orange", category: "Geo", headline: "", instruction: "", description: "", issuer: HEADQUARTERS, authority: "", drill: false, by_order: false, hours: 6, languages: [], picture: null });
function set(change: Partial<Words>): void {
  if (change.kind === "danger_notice") whom.value = { only: [], without: [] }; // an evacuation leaves nobody out
  if (change.kind) byPlace.value = GRAVE.includes(change.kind); // who drives through is in danger too, and no recipient of a routine notice
  const next = { ...words.value, ...change };
  words.value = { ...next, by_order: next.by_order && mayWait(next) };
}
/** The next version begins with what the last one says; a new message begins empty. */
effect(() => {
  const row = updating.value;
  if (row) words.value = { kind: row.kind, level: row.level, category: row.category, headline: row.headline, instruction: row.instruction, description: row.description, issuer: row.issuer, authority: row.authority, drill: row.drill, by_order: row.by_order, hours: words.peek().hours, languages: row.languages, picture: row.picture };
  else words.value = { ...words.peek(), headline: "", instruction: "", description: "", languages: [], picture: null };
});
effect(() => {
  if (filled.value) words.value = { ...words.peek(), ...filled.value };
});
const busy = signal(false);
/** The radius or width while it is being typed: the clock draws this form anew twice a second, and must not wipe it. */
const typed = signal<string | null>(null);

async function send(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  if (busy.value) return;
  busy.value = true;
  await submit(words.value);
  busy.value = false;
  if (!refused.value) set({ headline: "", instruction: "", description: "", languages: [], picture: null });
}

export function Composer({ resize }: { resize: (radius: number) => void }) {
  const shape = area.value;
  const form = words.value;
  return (
    <form class="composer" onSubmit={(event) => void send(event)}>
      {updating.value ? <Updating /> : <h2>{say(form.kind)} · {say(form.level)}</h2>}
      <Steps at={shape ? 2 : 1} />
      <Inside />
      {(shape?.type === "circle" || shape?.type === "corridor") && <label class="field"><span>{say(shape.type === "circle" ? "radius" : "width")}</span><input type="number" min={1} max={shape.type === "circle" ? 50000 : 20000} step={1} value={typed.value ?? (shape.type === "circle" ? shape.radius_m : shape.width_m)} onInput={(event) => (typed.value = event.currentTarget.value)} onChange={() => { resize(Number(typed.value)); typed.value = null; }} /><input type="range" aria-label={say(shape.type === "circle" ? "radiusSlide" : "widthSlide")} min={50} max={shape.type === "circle" ? 5000 : 2000} step={50} value={shape.type === "circle" ? shape.radius_m : shape.width_m} onChange={(event) => resize(Number(event.currentTarget.value))} /></label>}
      {form.kind === "danger_notice" ? <p class="chip">{say("everybody")}</p> : <Whom />}
      <label class="check"><input type="checkbox" name="by-place" checked={byPlace.value} onChange={(event) => (byPlace.value = event.currentTarget.checked)} />{say("byPlace")}</label>
      <div class="row">
        <label class="field"><span>{say("kind")}</span><select name="kind" value={form.kind} disabled={updating.value !== null} onChange={(event) => set(defaults(event.currentTarget.value as Words["kind"]))}>{KINDS.map((kind) => <option key={kind} value={kind}>{say(kind)}</option>)}</select></label>
        <label class="field"><span>{say("level")}</span><select name="level" value={form.level} onChange={(event) => set({ level: event.currentTarget.value as Words["level"] })}>{LEVELS.map((level) => <option key={level} value={level}>{say(level)}</option>)}</select></label>
      </div>
      <TemplateChoice />
      <label class="field"><span>{say("headline")}</span><input name="headline" required minLength={2} maxLength={60} value={form.headline} onInput={(event) => set({ headline: event.currentTarget.value })} /></label>
      <label class="field"><span>{say(GRAVE.includes(form.kind) ? "beware" : "description")}</span><textarea name="description" rows={2} required={GRAVE.includes(form.kind)} maxLength={1000} value={form.description} onInput={(event) => set({ description: event.currentTarget.value })} /></label>
      <label class="field"><span>{say("instruction")}</span><textarea name="instruction" rows={3} required={GRAVE.includes(form.kind)} maxLength={1000} value={form.instruction} onInput={(event) => set({ instruction: event.currentTarget.value })} /></label>
      <label class="field"><span>{say("issuer")}</span><input name="issuer" required minLength={2} maxLength={80} value={form.issuer} onInput={(event) => set({ issuer: event.currentTarget.value })} /></label>
      {form.kind === "relayed_warning" && <label class="field"><span>{say("authority")}</span><input name="authority" required maxLength={200} value={form.authority} onInput={(event) => set({ authority: event.currentTarget.value })} /></label>}
      <label class="field"><span>{say("expires")}</span><select name="hours" value={form.hours} onChange={(event) => set({ hours: Number(event.currentTarget.value) })}>{[...new Set([...HOURS, form.hours])].sort((a, b) => a - b).map((hours) => <option key={hours} value={hours}>{when(new Date(now.value + hours * 3_600_000).toISOString(), language.value)}（{say("hours", { n: hours })}）</option>)}</select></label>
      <label class="check"><input type="checkbox" checked={form.drill} disabled={updating.value !== null} onChange={(event) => set({ drill: event.currentTarget.checked })} />{say("isDrill")}</label>
      {mayWait(form) && <label class="check"><input type="checkbox" name="by-order" checked={form.by_order} disabled={updating.value !== null} onChange={(event) => set({ by_order: event.currentTarget.checked })} />{say("byOrder")}</label>}
      <PictureChoice words={form} set={set} />
      <Translations words={form} set={set} />
      <Hints words={form} />
      <PhonePreview words={form} found={preview.value} />
      <Trial words={form} />
      <p class="refused" role="alert">{refused}</p>
      <button class="primary" type="submit" disabled={!shape || !preview.value || counting.value || busy.value}>{say("submit")}</button>
    </form>
  );
}

function Updating() {
  const row = updating.value;
  if (!row) return null;
  return (
    <div class="updating" data-testid="updating">
      <h2>{say("updating", { n: row.version + 1, headline: row.headline })}</h2>
      <p class="note">{say("updateNote")}</p>
      <button type="button" class="secondary" onClick={() => { updating.value = null; area.value = null; }}>{say("notUpdate")}</button>
    </div>
  );
}

export function Steps({ at }: { at: number }) {
  const names = ["stepArea", "stepWords", "stepApproval", "stepSend"] as const;
  return (
    <div>
      <p class="note">{say("step", { n: at })}</p>
      <ol class="progress">{names.map((name, i) => <li key={name} class={i < at ? "done" : ""} aria-current={i === at - 1 ? "step" : undefined}>{say(name)}</li>)}</ol>
    </div>
  );
}

function Inside() {
  const found = preview.value;
  if (!area.value) return <section class="inside none"><b>{say("noArea")}</b><p>{say("noAreaHow")}</p></section>;
  return (
    <section class={counting.value ? "inside old" : "inside"} data-testid="inside" data-counting={counting.value}>
      <p class="note">{say("registeredHere")}{counting.value && <b> · {say(found ? "staleCount" : "counting")}</b>}</p>
      <p class="count" data-testid="residents">{found ? number(found.residents) : "…"}</p>
      {found && <dl>
        <div class="ok"><dt>{say("connectedHere")}</dt><dd data-testid="connected">{number(found.connected)}</dd></div>
        <div class="visit"><dt>{say("visitHere")}</dt><dd>{number(found.residents - found.connected)}</dd></div>
        <div><dt>{say("awayHere")}</dt><dd>{number(found.away)}</dd></div>
      </dl>}
      {found && found.overlaps.length > 0 && <p class="overlaps" role="note" data-testid="overlaps">{say("overlaps")}{found.overlaps.map((row) => `${row.drill ? say("drill") : ""}${row.headline}`).join("；")}</p>}
      {found && <ByVillage found={found} />}
    </section>
  );
}

function ByVillage({ found }: { found: Preview }) {
  const villages = new Map<string, { residents: number; groups: string[] }>();
  for (const row of found.by_grid) {
    const name = placeOf(row.no).village;
    const sum = villages.get(name) ?? { residents: 0, groups: [] };
    villages.set(name, { residents: sum.residents + row.residents, groups: [...sum.groups, `${row.name} ${row.residents}`] });
  }
  return (
    <div class="villages" data-testid="by-grid">{[...villages].sort((a, b) => b[1].residents - a[1].residents).map(([name, sum]) => (
      <details key={name}>
        <summary><span>{name} · {say("groupsIn", { n: sum.groups.length })}</span><b>{say("people", { n: number(sum.residents) })}</b></summary>
        <p>{sum.groups.join("、")}</p>
      </details>
    ))}</div>
  );
}
