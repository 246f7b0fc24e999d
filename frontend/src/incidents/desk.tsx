// Incidents at the desk: what stands open, and whoever calls for help above everything else until somebody has taken it on.
import { computed } from "@preact/signals";
import { ready, session } from "../realtime/store";
import { age, now } from "../time";
import { IncidentWords, Seal } from "../ui/parts";
import type { Incident } from "../wire";
import { say } from "../words";
import { acknowledge, askedToResolve, refusedStep, resolve } from "./actions";
import { Reported, ReportForm, reporting } from "./report-form";
import { openIncidents } from "./store";

/** Calls for help that nobody has taken on. */
export const calls = computed(() => openIncidents.value.filter((incident) => incident.kind === "request" && incident.state === "reported"));

export const HelpCalls = ({ look }: { look: () => void }) =>
  calls.value.length > 0 ? <button type="button" class="danger help-calls" data-testid="help-calls" onClick={look}>{say("helpHere", { n: calls.value.length })} ›</button> : null;

export function IncidentsPanel() {
  return (
    <section>
      {reporting.value && <ReportForm />}
      <Reported />
      {refusedStep.value && <p class="refused" role="alert">{refusedStep.value}</p>}
      <ul class="incidents">{openIncidents.value.map((incident) => <Row key={incident.id} incident={incident} />)}</ul>
      {openIncidents.value.length === 0 && !reporting.value && <p class="note">{say(ready.value ? "noIncidents" : "loading")}</p>}
    </section>
  );
}

/** A commander may take it on and say that it is over; a planner sees how it stands. */
function Row({ incident }: { incident: Incident }) {
  const may = session.value?.user.role === "commander";
  return (
    <li>
      <Seal incident={incident} />
      <IncidentWords incident={incident} />
      <time>{age(incident.reported_at, now.value)}</time>
      {may && <div class="steps">
        {incident.state === "reported" && <button type="button" class="secondary" onClick={() => void acknowledge(incident)}>{say("acknowledge")}</button>}
        <button type="button" class="secondary" onClick={() => resolve(incident)}>{say(askedToResolve.value === incident.id ? "resolveSure" : "resolve")}</button>
      </div>}
    </li>
  );
}
