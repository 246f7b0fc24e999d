// Incidents at the desk: what stands open, and whoever calls for help above everything else until somebody has taken it on.
import { computed, signal } from "@preact/signals";
import { ready, session } from "../realtime/store";
import { age, now } from "../time";
import { placeNames, Seal } from "../ui/parts";
import type { Incident } from "../wire";
import { say } from "../words";
import { acknowledge, refusedStep, resolve } from "./actions";
import { ReportForm, reported, reporting } from "./report-form";
import { openIncidents } from "./store";

/** Calls for help that nobody has taken on. */
export const calls = computed(() => openIncidents.value.filter((incident) => incident.kind === "request" && incident.state === "reported"));

export const HelpCalls = ({ look }: { look: () => void }) =>
  calls.value.length > 0 ? <button type="button" class="danger help-calls" data-testid="help-calls" onClick={look}>{say("helpHere", { n: calls.value.length })} ›</button> : null;

export function IncidentsPanel() {
  return (
    <section>
      {reporting.value && <ReportForm />}
      {reported.value && !reporting.value && <p class="took" role="status">{say("reportDone", { n: reported.value.number })}</p>}
      {refusedStep.value && <p class="refused" role="alert">{refusedStep.value}</p>}
      <ul class="incidents">{openIncidents.value.map((incident) => <Row key={incident.id} incident={incident} />)}</ul>
      {openIncidents.value.length === 0 && !reporting.value && <p class="note">{say(ready.value ? "noIncidents" : "loading")}</p>}
    </section>
  );
}

/** The incident whose resolving was asked for once: where "take on" was, "resolve" lies after it, and a second press of the same finger is none of it. */
const asked = signal<string | null>(null);
const ARMED_MS = 5000;
function finish(incident: Incident): void {
  if (asked.value !== incident.id) {
    asked.value = incident.id;
    setTimeout(() => { if (asked.value === incident.id) asked.value = null; }, ARMED_MS);
    return;
  }
  asked.value = null;
  void resolve(incident);
}

/** A commander may take it on and say that it is over; a planner sees how it stands. */
function Row({ incident }: { incident: Incident }) {
  const may = session.value?.user.role === "commander";
  const sure = asked.value === incident.id;
  return (
    <li>
      <Seal incident={incident} />
      <div><b>{incident.title}</b><small>{placeNames(incident)} · {say(incident.state === "acknowledged" ? "acknowledgedState" : incident.state)}</small></div>
      <time>{age(incident.reported_at, now.value)}</time>
      {may && <div class="steps">
        {incident.state === "reported" && <button type="button" class="secondary" onClick={() => void acknowledge(incident)}>{say("acknowledge")}</button>}
        <button type="button" class="secondary" onClick={() => finish(incident)}>{say(sure ? "resolveSure" : "resolve")}</button>
      </div>}
    </li>
  );
}
