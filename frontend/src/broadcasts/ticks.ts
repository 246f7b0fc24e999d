// Ticks that an officer made: kept on the tablet, sent when there is signal, and until then laid over the list. One that
// takes a person off the list waits a few seconds first, so that a wrong tap can be taken back.
import { computed, effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { keepLocally, keptLocally } from "../kept";
import { type Kept as Item, outbox } from "../outbox";
import { session } from "../realtime/store";
import { now } from "../time";
import { say } from "../words";
import { type Door, doors, doorsInAll, dropDoor, nameOf, noteTick, openDoor, readDoors } from "./knocks";

export type Tick = "told" | "moved" | "away" | "refused" | "not_found" | "need_help";
export const TICKS: Tick[] = ["told", "moved", "away", "refused", "not_found", "need_help"];
const OFF: Tick[] = ["moved", "away"];
const REFUSED = "gridmap.ticks.refused";
const TAKE_BACK = 6000;

interface Kept extends Item {
  name: string;
  person: string;
  broadcast: string;
  resident: string;
  tick: Tick;
  at: string;
  /** What it took the place of and no signal has taken yet; it stands again when this one is taken back. */
  before?: Kept | undefined;
}

type Refused = Pick<Kept, "by" | "key" | "person" | "tick"> & { why: string };

const { all: kept, mine, others: ticksOfOthers, onPageAlone, keep, send, start: sendTicks } = outbox<Kept, unknown>("gridmap.ticks", {
  post: (one) => take(api.POST("/api/broadcasts/{id}/ticks", { params: { path: { id: one.broadcast } }, body: { resident: one.resident, tick: one.tick, at: one.at }, headers: { "Idempotency-Key": one.key } })),
  waits: (one) => isFresh(one),
  taken: settle,
  refused: (one, refusal) => {
    noteRefusals([...refusals.value, { by: one.by, key: one.key, person: one.person, tick: one.tick, why: refusal.message }]);
    readDoors(0);
  },
});
export { onPageAlone, sendTicks, ticksOfOthers };
/** What the server said of ticks that it did not take, whose they were: the officer has to go there again, or telephone. */
const refusals = signal<Refused[]>(keptLocally(REFUSED, []));
export const notTaken = computed(() => refusals.value.filter((one) => one.by === session.value?.user.id)); // on a shared tablet nobody else's
const noteRefusals = (rows: Refused[]): void => { refusals.value = rows; keepLocally(REFUSED, rows); };
export const forgetRefusal = (key: string): void => noteRefusals(refusals.value.filter((one) => one.key !== key));
/** By a clock that ran ahead when it was made, and is right now, it would be fresh for an hour: then it is not. */
const isFresh = (tick: Kept): boolean => OFF.includes(tick.tick) && Math.abs(now.value - Date.parse(tick.at)) < TAKE_BACK;
/** The last tick that can still be taken back. */
export const takeable = computed(() => mine.value.filter(isFresh).pop());
/** All that the server has not taken yet; whoever signs out leaves them on this tablet. */
export const pending = computed(() => mine.value.length);
/** Ticks that wait for signal. */
export const unsent = computed(() => mine.value.filter((tick) => !isFresh(tick)).length);

const said = computed(() => new Map(mine.value.map((tick) => [tick.name, tick.tick])));
/** The list as it will stand when everything kept is sent. */
export const toVisit = computed<Door[]>(() =>
  doors.value.flatMap((door) => {
    const tick = said.value.get(nameOf(door));
    if (!tick) return [door];
    return OFF.includes(tick) ? [] : [{ ...door, knock: { ...door.knock, tick } }];
  }),
);
export const toVisitInAll = computed(() => doorsInAll.value - (doors.value.length - toVisit.value.length));

export function tick(door: Door, value: Tick): void {
  const name = nameOf(door);
  const by = session.value?.user.id ?? "";
  const same = (other: Kept): boolean => other.name === name && other.by === by;
  const before = kept.value.find(same);
  const made = { by, name, person: [door.knock.name, door.knock.passing ? "" : door.knock.group, door.knock.birth_year ? say("bornIn", { year: door.knock.birth_year }) : ""].filter(Boolean).join(" "), broadcast: door.broadcast.id, resident: door.knock.resident, tick: value, at: new Date(now.value).toISOString(), key: key()["Idempotency-Key"], before: before && isFresh(before) ? before.before : before };
  keep([...kept.value.filter((other) => !same(other)), made]);
  if (OFF.includes(value)) openDoor.value = null; // it leaves the list
  else closeSoon(); // the list is sorted anew on the way to the next
  void send();
}

let closing: ReturnType<typeof setTimeout> | undefined;
effect(() => {
  void openDoor.value; // another door, or the same one opened anew, stays open
  clearTimeout(closing);
});
function closeSoon(): void {
  clearTimeout(closing);
  closing = setTimeout(() => (openDoor.value = null), TAKE_BACK);
}

export const takeBack = (name: string): void => keep(kept.value.flatMap((other) => (other.name !== name || !mine.value.includes(other) ? [other] : other.before ? [other.before] : [])));

/** What the server took is on the list before it is read anew: who is off it by this tick does not flicker back onto it. */
function settle(one: Kept): void {
  if (!OFF.includes(one.tick)) noteTick(one.name, one.tick);
  else if (doors.value.some((door) => nameOf(door) === one.name)) {
    dropDoor(one.name);
    doorsInAll.value -= 1;
  }
  readDoors(0);
}
