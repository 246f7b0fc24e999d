// Composing a broadcast: who is inside, the words, then off to somebody else's eyes.
import { signal } from "@preact/signals";
import { now, when } from "../time";
import { language, number, say } from "../words";
import { Prove, rest } from "./approval";
import { ByVillage, Overlaps } from "./by-village";
import { area, areaRefused, byPlace, counting, exclude, excluding, givenEnd, preview, refused, sketch, submit, updating, type Words } from "./draft";
import { byHand, CATEGORIES, defaults, HOURS, KINDS, languagesOld, LEVELS, mayWait, next, set, startsFrom, words } from "./form";
import { GRAVE } from "./level";
import { Hints, PhonePreview } from "./phone-preview";
import { PictureChoice, pictureComes } from "./picture";
import { SaveTemplate, TemplateChoice } from "./templates";
import { Translations } from "./translations";
import { Trial } from "./trials";
import { Whom } from "./whom";
import "./composer.css";

const busy = signal(false);
/** The radius or width while it is being typed: the clock draws this form anew twice a second, and must not wipe it. */
const typed = signal<string | null>(null);

async function send(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  if (busy.value) return;
  if (languagesOld(words.value, updating.value)) return void (refused.value = say("languagesOld"));
  busy.value = true;
  const update = updating.value !== null;
  const gone = await submit(words.value);
  busy.value = false;
  if (gone && !update) next(); // an update that is gone is followed already
}

/** Enter in a line leaves it: handing over is a press of its own. */
function keepEnter(event: KeyboardEvent): void {
  if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLInputElement) || ["file", "checkbox", "range"].includes(event.target.type)) return;
  event.preventDefault();
  event.target.blur();
}

export function Composer({ resize }: { resize: (radius: number) => void }) {
  const shape = area.value;
  const drawn = excluding.value ? exclude.value : shape; // what the tools draw now is what a typed radius or width is meant for
  const form = words.value;
  const end = givenEnd(form);
  return <>
    <Prove />
    <form class="composer" onKeyDown={keepEnter} onSubmit={(event) => void send(event)}>
      {updating.value ? <Updating /> : <h2>{form.drill && say("drill")}{say(form.kind)} · {say(form.level)}</h2>}
      <Steps at={shape ? 2 : 1} />
      <Inside />
      {(drawn?.type === "circle" || drawn?.type === "corridor") && <label class="field"><span>{say(drawn.type === "circle" ? "radius" : "width")}</span><input type="number" min={1} max={drawn.type === "circle" ? 50000 : 20000} step={1} value={typed.value ?? (drawn.type === "circle" ? drawn.radius_m : drawn.width_m)} onInput={(event) => (typed.value = event.currentTarget.value)} onChange={() => { resize(Number(typed.value)); typed.value = null; }} /><input type="range" aria-label={say(drawn.type === "circle" ? "radiusSlide" : "widthSlide")} min={50} max={drawn.type === "circle" ? 5000 : 2000} step={50} value={drawn.type === "circle" ? drawn.radius_m : drawn.width_m} onChange={(event) => resize(Number(event.currentTarget.value))} /></label>}
      {form.kind === "danger_notice" ? <p class="chip">{say("everybody")}</p> : <Whom />}
      <label class="check"><input type="checkbox" name="by-place" checked={byPlace.value} onChange={(event) => (byPlace.value = event.currentTarget.checked)} />{say("byPlace")}</label>
      <div class="row">
        <label class="field"><span>{say("kind")}</span><select name="kind" value={form.kind} disabled={updating.value !== null} onChange={(event) => set(defaults(event.currentTarget.value as Words["kind"]))}>{KINDS.map((kind) => <option key={kind} value={kind}>{say(kind)}</option>)}</select></label>
        <label class="field"><span>{say("level")}</span><select name="level" value={form.level} onChange={(event) => set({ level: event.currentTarget.value as Words["level"] })}>{LEVELS.map((level) => <option key={level} value={level}>{say(level)}</option>)}</select></label>
      </div>
      <label class="field"><span>{say("category")}</span><select name="category" value={form.category} onChange={(event) => set({ category: event.currentTarget.value as Words["category"] })}>{CATEGORIES.map((category) => <option key={category} value={category}>{say(`category_${category}`)}</option>)}</select></label>
      <TemplateChoice words={form} sent={next} />
      {byHand.value.length > 0 && <p class="note" data-testid="by-hand">{say("templateByHand", { names: byHand.value.map((name) => say(name)).join("、") })}</p>}
      <label class="field"><span>{say("headline")}</span><input name="headline" required minLength={2} maxLength={60} value={form.headline} onInput={(event) => set({ headline: event.currentTarget.value })} /></label>
      <label class="field"><span>{say(GRAVE.includes(form.kind) ? "beware" : "description")}</span><textarea name="description" rows={2} required={GRAVE.includes(form.kind)} maxLength={1000} value={form.description} onInput={(event) => set({ description: event.currentTarget.value })} /></label>
      <label class="field"><span>{say("instruction")}</span><textarea name="instruction" rows={3} required={GRAVE.includes(form.kind)} maxLength={1000} value={form.instruction} onInput={(event) => set({ instruction: event.currentTarget.value })} /></label>
      <label class="field"><span>{say("issuer")}</span><input name="issuer" required minLength={2} maxLength={80} value={form.issuer} onInput={(event) => set({ issuer: event.currentTarget.value })} /></label>
      {form.kind === "relayed_warning" && <label class="field"><span>{say("authority")}</span><input name="authority" required maxLength={200} value={form.authority} onInput={(event) => set({ authority: event.currentTarget.value })} /></label>}
      {!updating.value && <label class="field"><span>{say("begins")}</span><select name="begins" value={form.effective ?? ""} onChange={(event) => set({ effective: event.currentTarget.value || null })}><option value="">{say("atOnce")}</option>{startsFrom(form.effective).map((at) => <option key={at} value={at}>{when(at, language.value)}</option>)}</select></label>}
      <label class="field"><span>{say("expires")}</span><select name="hours" value={form.hours} onChange={(event) => set({ hours: Number(event.currentTarget.value) })}>{end && <option value={0}>{say(form.until ? "documentEnd" : "sameEnd", { time: when(end, language.value) })}</option>}{[...new Set([...HOURS, form.hours || 6])].sort((a, b) => a - b).map((hours) => <option key={hours} value={hours}>{when(new Date(now.value + hours * 3_600_000).toISOString(), language.value)}（{say("hours", { n: hours })}）</option>)}</select></label>
      <label class="check"><input type="checkbox" checked={form.drill} disabled={updating.value !== null} onChange={(event) => set({ drill: event.currentTarget.checked })} />{say("isDrill")}</label>
      {mayWait(form) && <label class="check"><input type="checkbox" name="by-order" checked={form.by_order} disabled={updating.value !== null} onChange={(event) => set({ by_order: event.currentTarget.checked })} />{say("byOrder")}</label>}
      <PictureChoice words={form} set={set} />
      <Translations words={form} set={set} />
      <Hints words={form} />
      <PhonePreview words={form} found={preview.value} />
      <Trial words={form} />
      <SaveTemplate words={form} />
      <div class="go">
        <p class="refused" role="alert">{areaRefused.value || rest.value}</p>
        <button class="primary" type="submit" disabled={!shape || !preview.value || counting.value || busy.value || pictureComes.value}>{say("submit")}</button>
      </div>
    </form>
  </>;
}

function Updating() {
  const row = updating.value;
  if (!row) return null;
  return (
    <div class="updating" data-testid="updating">
      <h2>{say("updating", { n: row.version + 1, headline: row.headline })}</h2>
      <p class="note">{say("updateNote")}</p>
      <button type="button" class="secondary" onClick={() => { area.value = null; updating.value = null; }}>{say("notUpdate")}</button>
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
  const overlaps = (found?.overlaps ?? []).filter((row) => row.id !== updating.value?.id); // what is being updated is no surprise
  if (!area.value && !sketch.value) return <section class="inside none"><b>{say("noArea")}</b><p>{say("noAreaHow")}</p></section>;
  return (
    <section class={counting.value ? "inside old" : "inside"} data-testid="inside" data-counting={counting.value}>
      <p class="note">{say("registeredHere")}{counting.value && <b> · {say(found ? "staleCount" : "counting")}</b>}</p>
      <p class="count" data-testid="residents">{found ? number(found.residents) : "…"}</p>
      {found && <dl>
        <div class="ok"><dt>{say("connectedHere")}</dt><dd data-testid="connected">{number(found.connected)}</dd></div>
        <div class="visit"><dt>{say("visitHere")}</dt><dd>{number(found.residents - found.connected)}</dd></div>
        <div><dt>{say("awayHere")}</dt><dd>{number(found.away)}</dd></div>
        <div><dt>{say("heardHere")}</dt><dd data-testid="heard">{number(found.heard ?? 0)}</dd></div>
        <div><dt>{say("families")}</dt><dd data-testid="households">{number(found.households)}</dd></div>
      </dl>}
      <Overlaps rows={overlaps} />
      {found && <ByVillage found={found} />}
    </section>
  );
}
