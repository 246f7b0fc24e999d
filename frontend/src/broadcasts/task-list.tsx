// What an officer has to do now: who asks for help, incidents, then the doors of the knock list.
import { signal } from "@preact/signals";
import { acknowledge, refusedStep, resolve } from "../incidents/actions";
import { openIncidents } from "../incidents/store";
import { age, now } from "../time";
import { placeNames, Seal } from "../ui/parts";
import type { Incident } from "../wire";
import { type Key, say } from "../words";
import { asksHelp } from "./knock-layer";
import { type Door, doors, notSent, type Tick, tick, TICKS } from "./knocks";
import { alive, isEvacuation } from "./store";

const open = signal<string | null>(null);
const WORD: Record<Tick, Key> = { told: "told", moved: "moved", away: "away", refused: "refused", not_found: "not_found", need_help: "need_help_tick" };

export function TaskList({ total }: { total: number }) {
  const help = doors.value.filter((door) => asksHelp(door.knock));
  const others = doors.value.filter((door) => !asksHelp(door.knock));
  return (
    <>
      <h2>{say("urgentFirst", { n: total })}</h2>
      {notSent.value && <p class="refused" role="alert">{say("notSent", { why: notSent.value })}</p>}
      {refusedStep.value && <p class="refused" role="alert">{refusedStep.value}</p>}
      {total === 0 && <p class="nothing"><b>{say("nothingToDo")}</b>{say("nothingHow")}</p>}
      <ul data-testid="tasks">
        {help.map(row)}
        {openIncidents.value.map((incident) => <IncidentTask key={incident.id} incident={incident} />)}
        {others.map(row)}
      </ul>
    </>
  );
}

const nameOf = (door: Door): string => `${door.broadcast.id} ${door.knock.resident}`;
const row = (door: Door) => <DoorTask key={nameOf(door)} door={door} />;

function DoorTask({ door }: { door: Door }) {
  const { broadcast, knock } = door;
  const help = asksHelp(knock);
  const facts = [`${knock.village} ${knock.group}`, knock.name, knock.phone ?? say("noPhone"), knock.presence === "away" ? say("awayHere") : "", knock.answer === "moving" ? say("moving") : ""];
  if (alive.value.length > 1) facts.push(broadcast.headline);
  const opened = open.value === nameOf(door);
  return (
    <li class={help ? "task asks" : "task"} data-testid="door">
      <span class="seal door" aria-hidden="true">门</span>
      <div><b>{help ? say("asksHelp") : `${say("knock")} · ${say(isEvacuation(broadcast) ? "notSafe" : "notSeen")}`}</b><small>{facts.filter(Boolean).join(" · ")}</small></div>
      <button type="button" class="open" aria-expanded={opened} onClick={() => (open.value = opened ? null : nameOf(door))}>{knock.tick ? say(WORD[knock.tick as Tick]) : say("tickTitle")}</button>
      {opened && (
        <div class="ticks">{TICKS.map((said) => <button key={said} type="button" aria-pressed={knock.tick === said} onClick={() => void tick(door, said)}>{say(WORD[said])}</button>)}</div>
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
