// What an officer has to do now: what the notices say, who asks for help, incidents, then the doors of the knock list.
import { computed } from "@preact/signals";
import { acknowledge, askedToResolve, refusedStep, resolve } from "../incidents/actions";
import { openIncidents } from "../incidents/store";
import { ready } from "../realtime/store";
import { age, left, now, when } from "../time";
import { mineToConfirm } from "../orders/store";
import { IncidentWords, Seal } from "../ui/parts";
import type { Broadcast, Incident } from "../wire";
import { type Key, language, number, say } from "../words";
import { asksHelp } from "./knock-layer";
import { type Door, doors, doorsInAll, knockedFor, nameOf, openDoor, readAt, showMore, unread } from "./knocks";
import { colourOf, headlineOf } from "./level";
import { alive, isEvacuation } from "./store";
import { call, calls, callTrouble } from "./calls";
import { forgetRefusal, notTaken, onPageAlone, takeable, takeBack, type Tick, tick, TICKS, toVisit, unsent } from "./ticks";

/** What people were told; what still waits for my own word was told to nobody here. */
const told = computed(() => {
  if (ready.value) return alive.value.filter((row) => !mineToConfirm.value.some(({ broadcast }) => broadcast.id === row.id));
  return [...new Map(doors.value.map(({ broadcast }) => [broadcast.id, broadcast])).values()]; // opened where there is no signal: as old as the list
});
const WORD: Record<Tick, Key> = { told: "told", moved: "moved", away: "away", refused: "refused", not_found: "not_found", need_help: "need_help_tick" };

export function TaskList({ total }: { total: number }) {
  const help = toVisit.value.filter((door) => asksHelp(door.knock));
  const others = toVisit.value.filter((door) => !asksHelp(door.knock));
  const hidden = doorsInAll.value - doors.value.length;
  return (
    <>
      {told.value.map((row) => <Notice key={row.id} row={row} />)}
      <h2>{say("urgentFirst", { n: number(total) })}</h2>
      {unread.value && (ready.value || readAt.value) && <p class="kept" role="status">{readAt.value ? say("doorsOld", { at: when(new Date(readAt.value).toISOString(), language.value) }) : say("doorsUnknown")}</p>}
      {refusedStep.value && <p class="refused" role="alert">{refusedStep.value}</p>}
      {total === 0 && ready.value && !unread.value && <p class="nothing"><b>{say("nothingToDo")}</b>{say("nothingHow")}</p>}
      <ul data-testid="tasks">
        {help.map(row)}
        {openIncidents.value.map((incident) => <IncidentTask key={incident.id} incident={incident} />)}
        {others.map(row)}
      </ul>
      {hidden > 0 && <button type="button" class="more" onClick={showMore}>{say("moreDoors", { n: number(hidden) })}</button>}
    </>
  );
}

/** What became of the ticks made here: it is said whatever the screen shows, also when one's grids have been handed over. */
export const Ticked = () => (
  <>
    {unsent.value > 0 && <p class="kept" role="status">{say("ticksKept", { n: unsent.value })}{onPageAlone.value && <b> {say("pageAlone")}</b>}</p>}
    {takeable.value && <p class="take-back" role="status"><span>{say("ticked", { who: takeable.value.person, what: say(WORD[takeable.value.tick]) })}</span><button type="button" onClick={() => takeable.value && takeBack(takeable.value.name)}>{say("takeBack")}</button></p>}
    {notTaken.value.map((one) => <p key={one.key} class="refused not-taken" role="alert"><span>{say("tickNotTaken", { who: one.person, what: say(WORD[one.tick]), why: one.why })}</span><button type="button" class="quiet" onClick={() => forgetRefusal(one.key)}>{say("understood")}</button></p>)}
  </>
);

/** What people were told: where to send them, and until when. */
const Notice = ({ row }: { row: Broadcast }) => (
  <section class={`notice level-${colourOf(row)}`} data-testid="notice">
    <b>{headlineOf(row)}{row.level === "none" ? "" : ` · ${say(row.level)}`}</b><time>{say("remaining", { time: left(row.expires, now.value) })}</time>
    {row.instruction && <p>{row.instruction}</p>}
  </section>
);

const row = (door: Door) => <DoorTask key={nameOf(door)} door={door} />;

function DoorTask({ door }: { door: Door }) {
  const { broadcast, knock } = door;
  const help = asksHelp(knock);
  const facts = [knock.passing ? say("passingBy") : `${knock.village} ${knock.group}`, knock.name, knock.birth_year ? say("bornIn", { year: knock.birth_year }) : "", knock.phone ?? say("noPhone"), knock.presence === "away" ? say("awayHere") : "", knock.answer === "moving" ? say("moving") : ""];
  for (const hearer of knock.heard_by) facts.push(say("hearerCall", { who: [hearer.name, hearer.phone].filter(Boolean).join(" ") }));
  if (knockedFor.value.length > 1) facts.push(headlineOf(broadcast));
  const opened = openDoor.value === nameOf(door);
  return (
    <li class={help ? "task asks" : "task"} data-testid="door">
      <span class="seal door" aria-hidden="true">门</span>
      <div><b>{broadcast.drill && say("drill")}{knock.frail && <mark>{say("frail")}</mark>}{help ? say("asksHelp") : say(isEvacuation(broadcast) ? "notSafe" : "notSeen")}</b><small>{facts.filter(Boolean).join(" · ")}</small></div>
      <button type="button" class="open" aria-expanded={opened} onClick={() => (openDoor.value = opened ? null : nameOf(door))}>{knock.tick ? say(WORD[knock.tick as Tick]) : say("tickTitle")}</button>
      {opened && <Call door={door} />}
      {opened && (
        <div class="ticks">{TICKS.map((said) => <button key={said} type="button" aria-pressed={knock.tick === said} onClick={() => tick(door, said)}>{say(WORD[said])}</button>)}</div>
      )}
    </li>
  );
}

/** Who is telephoned first is not walked to; the number shows, and who saw it is written down. */
function Call({ door }: { door: Door }) {
  const found = calls.value.get(nameOf(door));
  if (!found) return <div class="call"><button type="button" onClick={() => void call(door)}>{say("callPhone")}</button>{callTrouble.value && <p class="refused" role="alert">{callTrouble.value}</p>}</div>;
  const lines = [{ name: door.knock.name, phone: found.phone }, ...found.heard_by].filter((line) => line.phone);
  return (
    <div class="call" data-testid="call">
      {found.address && <p><b>{found.address}</b></p>}
      {lines.map((line) => <a key={line.phone} class="primary" href={`tel:${line.phone}`}>{line.name} {line.phone}</a>)}
      {lines.length === 0 && <p>{say("callNoPhone")}</p>}
    </div>
  );
}

function IncidentTask({ incident }: { incident: Incident }) {
  const sure = askedToResolve.value === incident.id;
  return (
    <li class="task" data-testid="incident">
      <Seal incident={incident} />
      <IncidentWords incident={incident} />
      <time>{age(incident.reported_at, now.value)}</time>
      <div class="steps">
        {incident.state === "reported" && <button type="button" onClick={() => void acknowledge(incident)}>{say("acknowledge")}</button>}
        <button type="button" class={sure ? "sure" : ""} onClick={() => resolve(incident)}>{say(sure ? "resolveSure" : "resolve")}</button>
      </div>
    </li>
  );
}
