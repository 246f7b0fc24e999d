// Reporting an incident: kind, how bad, what, where. The place comes from the map or from the device.
import { effect, signal } from "@preact/signals";
import { api, key, Refusal, take } from "../api";
import { why } from "../ui/parts";
import type { Incident } from "../wire";
import { say } from "../words";
import "./report-form.css";

const KINDS = ["landslide", "flood", "fire", "lost_child", "lost_elder", "hazard", "fraud", "dispute", "found_property", "lost_property", "request"] as const;
const SEVERITIES = ["extreme", "severe", "moderate", "minor"] as const;

/** Where the report is about; null while nobody has pointed. */
export const reportPlace = signal<[number, number] | null>(null);
export const reporting = signal(false);
const refused = signal("");
/** The names of the grids that hold the place, township first. */
const placeName = signal("");
effect(() => {
  const place = reportPlace.value;
  placeName.value = "";
  if (!place) return;
  void take(api.GET("/api/grids/at", { params: { query: { lon: place[0], lat: place[1] } } }))
    .then(({ chain }) => place === reportPlace.peek() && (placeName.value = chain.slice(1).map((grid) => grid.name).join(" ")))
    .catch((error: unknown) => place === reportPlace.peek() && (refused.value = why(error)));
});
export const reported = signal<Incident | null>(null);
let press = key();
/** The report that is on its way, by its key; another may be begun meanwhile. */
const onItsWay = signal<typeof press | null>(null);
/** What was typed: it stands over a look elsewhere. */
const typed = signal("");

export function beginReport(): void {
  reporting.value = true;
  reported.value = null;
  refused.value = "";
  press = key(); // one report, one key: a second tap while the first is on its way makes no second incident
}

async function submit(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  if (!reportPlace.value) return void (refused.value = say("reportHere"));
  const title = String(form.get("title")).trim();
  if (!title) return void (refused.value = say("fillTitle"));
  const mine = press;
  onItsWay.value = mine;
  refused.value = "";
  try {
    const taken = await take(api.POST("/api/incidents", {
      body: { kind: form.get("kind") as Incident["kind"], severity: form.get("severity") as Incident["severity"], title, description: "", location: reportPlace.value },
      headers: mine,
    }));
    if (mine !== press) return; // another report has been begun since: this one comes over the socket
    reported.value = taken;
    typed.value = "";
    reporting.value = false;
    reportPlace.value = null;
  } catch (error) {
    if (mine !== press) return;
    if (error instanceof Refusal && error.code === "idempotency.other_body") { // it had come, and the answer was lost: what was changed since is none of it
      refused.value = say("reportedBefore");
      press = key();
      return;
    }
    refused.value = say("notSent", { why: why(error) });
  } finally {
    if (onItsWay.value === mine) onItsWay.value = null;
  }
}

export function ReportForm() {
  const place = reportPlace.value;
  return (
    <form class="report" onSubmit={(event) => void submit(event)} data-testid="report-form">
      <h2>{say("report")}</h2>
      <p class={place ? "place" : "place missing"}>{place ? `${say("place")}：${placeName.value || `${place[0].toFixed(5)}, ${place[1].toFixed(5)}`}` : say("reportHere")}</p>
      <label class="field"><span>{say("kind")}</span><select name="kind">{KINDS.map((kind) => <option key={kind} value={kind}>{say(kind)}</option>)}</select></label>
      <label class="field"><span>{say("severity")}</span><select name="severity">{SEVERITIES.map((step) => <option key={step} value={step} selected={step === "severe"}>{say(step)}</option>)}</select></label>
      <label class="field"><span>{say("title")}</span><input name="title" maxLength={80} required value={typed} onInput={(event) => (typed.value = event.currentTarget.value)} /></label>
      <p class="refused" role="alert">{refused}</p>
      <div class="row">
        <button type="button" class="secondary" onClick={() => (reporting.value = false)}>{say("cancel")}</button>
        <button type="submit" class="danger" disabled={!place || onItsWay.value === press}>{say(onItsWay.value === press ? "reportOnItsWay" : "report")}</button>
      </div>
    </form>
  );
}
