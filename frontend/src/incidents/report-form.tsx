// Reporting an incident: kind, how bad, what, where. The place comes from the map or from the device.
import { computed, effect, signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { why } from "../ui/parts";
import { number, say } from "../words";
import { keepForTab, keptForTab } from "../kept";
import { session } from "../realtime/store";
import { forgetReport, refusedReports, type Report, report, reported, reportsOnPageAlone, waiting } from "./outbox";
import "./report-form.css";

const KINDS = ["landslide", "flood", "fire", "lost_child", "lost_elder", "hazard", "fraud", "dispute", "found_property", "lost_property", "request"] as const;
const SEVERITIES = ["extreme", "severe", "moderate", "minor"] as const;

/** Where the report is about; null while nobody has pointed. */
export const reportPlace = signal<[number, number] | null>(null);
export const reporting = signal(false);
const refused = signal("");
/** The best that the device knows where it is only roughly, in metres: in a gorge that is all there is, and better than no report. */
export const roughly = signal<{ at: [number, number]; m: number } | null>(null);
/** How far off the place may be, in metres; none where it was pointed at, or is exact. */
const within = computed(() => (reportPlace.value && roughly.value?.at === reportPlace.value ? roughly.value.m : 0));
/** Why the device does not know yet where it is. */
export const placeTrouble = signal("");
/** The names of the grids that hold the place, township first. */
const placeName = signal("");
effect(() => {
  const place = reportPlace.value;
  placeName.value = placeTrouble.value = refused.value = ""; // what was wrong with another place
  if (!place) return;
  void take(api.GET("/api/grids/at", { params: { query: { lon: place[0], lat: place[1] } } }))
    .then(({ chain }) => place === reportPlace.peek() && (placeName.value = chain.slice(1).map((grid) => grid.name).join(" ")))
    .catch((error: unknown) => error instanceof Refusal && place === reportPlace.peek() && (refused.value = why(error))); // without a signal the numbers stand there
});

type Draft = Pick<Report, "kind" | "severity" | "title">;
const EMPTY: Draft = { kind: KINDS[0], severity: "severe", title: "" };
/** What was filled in: it stands over a look elsewhere, and over Cancel. */
const draft = signal(EMPTY);
const KEPT = "gridmap.report";
let restored = false;
effect(() => { // it stands over a crash of the page, too
  const by = session.value?.user.id;
  if (!by) return;
  const kept = restored ? null : keptForTab<{ by: string; draft: Draft } | null>(KEPT, null);
  restored = true;
  if (kept?.by === by && draft.value === EMPTY) draft.value = kept.draft;
  keepForTab(KEPT, { by, draft: draft.value });
});
const fill = (changed: Partial<Draft>): void => void (draft.value = { ...draft.value, ...changed });
/** What the server would not take is mended, and not typed again. */
function mend({ key, report: { kind, severity, title, location } }: (typeof refusedReports.value)[number]): void {
  forgetReport(key);
  beginReport();
  draft.value = { kind, severity, title };
  reportPlace.value = location as [number, number];
}

export function beginReport(): void {
  reporting.value = true;
  reported.value = null;
  refused.value = "";
}

function submit(event: SubmitEvent): void {
  event.preventDefault();
  const title = draft.value.title.trim();
  if (!session.value) return void (refused.value = say("loading")); // in whose name?
  if (!reportPlace.value) return void (refused.value = say("reportHere"));
  if (!title) return void (refused.value = say("fillTitle"));
  const wanted = { ...draft.value, title, description: within.value ? say("placeWithin", { m: within.value }) : "", location: reportPlace.value };
  draft.value = EMPTY;
  reporting.value = false;
  reportPlace.value = null;
  report(wanted);
}

export function ReportForm() {
  const place = reportPlace.value;
  const { kind, severity, title } = draft.value;
  return (
    <form class="report" onSubmit={submit} data-testid="report-form">
      <h2>{say("report")}</h2>
      <p class={place ? "place" : "place missing"}>{place ? `${say("place")}：${placeName.value || `${place[0].toFixed(5)}, ${place[1].toFixed(5)}`}${within.value ? ` · ${say("placeWithin", { m: within.value })}` : ""}` : say("reportHere")}{!place && placeTrouble.value && <small role="status"> {placeTrouble}</small>}</p>
      {!place && roughly.value && <button type="button" class="secondary" onClick={() => (reportPlace.value = roughly.peek()?.at ?? null)}>{say("placeRoughUse", { m: number(roughly.value.m) })}</button>}
      <label class="field"><span>{say("kind")}</span><select value={kind} onChange={(event) => fill({ kind: event.currentTarget.value as Draft["kind"] })}>{KINDS.map((one) => <option key={one} value={one}>{say(one)}</option>)}</select></label>
      <label class="field"><span>{say("severity")}</span><select value={severity} onChange={(event) => fill({ severity: event.currentTarget.value as Draft["severity"] })}>{SEVERITIES.map((one) => <option key={one} value={one}>{say(one)}</option>)}</select></label>
      <label class="field"><span>{say("title")}</span><input maxLength={80} required value={title} onInput={(event) => fill({ title: event.currentTarget.value })} /></label>
      <p class="refused" role="alert">{refused}</p>
      <div class="row">
        <button type="button" class="secondary" onClick={() => (reporting.value = false)}>{say("cancel")}</button>
        <button type="submit" class="danger" disabled={!place}>{say("report")}</button>
      </div>
    </form>
  );
}

/** What became of the reports made here, whatever the screen shows. */
export const Reported = () => (
  <>
    {waiting.value.map((one, n) => <p key={`${n} ${one.title}`} class="kept" role="status" data-testid="report-waits">{say("reportWaits", { title: one.title })}{reportsOnPageAlone.value && <b> {say("pageAlone")}</b>}</p>)}
    {reported.value && !reporting.value && <p class="took" role="status">{say("reportDone", { n: reported.value.number })}</p>}
    {refusedReports.value.map((one) => (
      <div key={one.key} class="refused report-refused" role="alert" data-testid="report-refused">
        <p>{one.report.title}：{one.why}</p>
        {!draft.value.title && <button type="button" class="secondary" onClick={() => mend(one)}>{say("reportMend")}</button>}
        <button type="button" class="secondary" onClick={() => forgetReport(one.key)}>{say("understood")}</button>
      </div>
    ))}
  </>
);
