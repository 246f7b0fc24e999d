// What an officer has to do now: who asks for help, incidents, then the doors of the knock list.
import { signal } from "@preact/signals";
import { acknowledge, refusedStep, resolve } from "../incidents/actions";
import { openIncidents } from "../incidents/store";
import { age, now } from "../time";
import { placeNames, Seal } from "../ui/parts";
import type { Incident, Knock } from "../wire";
import { type Key, say } from "../words";
import { asksHelp } from "./knock-layer";
import { knocks, notSent, type Tick, tick, TICKS } from "./knocks";
import { alerts, isEvacuation } from "./store";

const open = signal<string | null>(null);
const WORD: Record<Tick, Key> = { told: "told", moved: "moved", away: "away", refused: "refused", not_found: "not_found", need_help: "need_help_tick" };

export function TaskList({ total }: { total: number }) {
  const doors = knocks.value?.items ?? [];
  const evacuation = alerts.value.some((row) => row.id === knocks.value?.broadcast && isEvacuation(row));
  return (
    <>
      <h2>{say("urgentFirst", { n: total })}</h2>
      {notSent.value && <p class="refused" role="alert">{say("notSent", { why: notSent.value })}</p>}
      {refusedStep.value && <p class="refused" role="alert">{refusedStep.value}</p>}
      {total === 0 && <p class="nothing"><b>{say("nothingToDo")}</b>{say("nothingHow")}</p>}
      <ul data-testid="tasks">
        {doors.filter(asksHelp).map((knock) => <Door key={knock.resident} knock={knock} evacuation={evacuation} />)}
        {openIncidents.value.map((incident) => <IncidentTask key={incident.id} incident={incident} />)}
        {doors.filter((knock) => !asksHelp(knock)).map((knock) => <Door key={knock.resident} knock={knock} evacuation={evacuation} />)}
      </ul>
    </>
  );
}

function Door({ knock, evacuation }: { knock: Knock; evacuation: boolean }) {
  const help = asksHelp(knock);
  const facts = [`${knock.village} ${knock.group}`, knock.name, knock.phone ?? say("noPhone"), knock.presence === "away" ? say("awayHere") : "", knock.answer === "moving" ? say("moving") : ""];
  return (
    <li class={help ? "task asks" : "task"} data-testid="door">
      <span class="seal door" aria-hidden="true">门</span>
      <div><b>{help ? say("asksHelp") : `${say("knock")} · ${say(evacuation ? "notSafe" : "notSeen")}`}</b><small>{facts.filter(Boolean).join(" · ")}</small></div>
      <button type="button" class="open" aria-expanded={open.value === knock.resident} onClick={() => (open.value = open.value === knock.resident ? null : knock.resident)}>{knock.tick ? say(WORD[knock.tick as Tick]) : say("tickTitle")}</button>
      {open.value === knock.resident && (
        <div class="ticks">{TICKS.map((said) => <button key={said} type="button" aria-pressed={knock.tick === said} onClick={() => void tick(knock, said)}>{say(WORD[said])}</button>)}</div>
      )}
    </li>
  );
}

function IncidentTask({ incident }: { incident: Incident }) {
  return (
    <li class="task" data-testid="incident">
      <Seal incident={incident} />
      <div><b>{incident.title}</b><small>{placeNames(incident)} · {say(incident.state === "acknowledged" ? "acknowledgedState" : incident.state)}</small></div>
      <time>{age(incident.reported_at, now.value)}</time>
      <div class="steps">
        {incident.state === "reported" && <button type="button" onClick={() => void acknowledge(incident)}>{say("acknowledge")}</button>}
        <button type="button" onClick={() => void resolve(incident)}>{say("resolve")}</button>
      </div>
    </li>
  );
}
