// The doors to knock on within one's grids, for every broadcast that has to be knocked for, read anew whenever receipts or
// ticks come in. Ticks are kept on the tablet until the server has them (see ticks.ts) and laid over what it says.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { keepForTab, keptForTab } from "../kept";
import { ready, session, state } from "../realtime/store";
import { now } from "../time";
import type { Broadcast, Knock } from "../wire";
import { distance } from "../map/ground";
import { whereIAm } from "../people/duty";
import { GRAVE } from "./level";
import { alive, firstStart, isEvacuation, unfinished } from "./store";

const LOOK_AGAIN = 1500;
const TRY_AGAIN = 3000;
/** Minutes after which whoever has not seen an ordinary warning is visited, of danger also where the level was forgotten; nobody is knocked for with a routine notice, nor to look for somebody. */
const KNOCK_AFTER: Record<Broadcast["level"], number> = { red: 3, orange: 10, yellow: 30, blue: 30, none: Infinity };

/** A door to knock on, and the broadcast that it is for. */
export interface Door {
  broadcast: Broadcast;
  knock: Knock;
}
export const nameOf = (door: Door): string => `${door.broadcast.id} ${door.knock.resident}`;

export const knockedFor = computed(() => [...unfinished.value, ...alive.value].filter((row) => isEvacuation(row) || row.kind !== "lost_person" && now.value - firstStart(row) > KNOCK_AFTER[row.level === "none" && GRAVE.includes(row.kind) ? "orange" : row.level] * 60_000));
const known = signal<Door[]>([]);
const KEPT = "gridmap.doors";
/** The list as it was read last: it stands over a reload where there is no signal, and goes with the tab. */
interface Kept {
  by: string;
  at: number;
  doors: Door[];
  total: number;
}
/** The door whose ticks are open, by name. */
export const openDoor = signal<string | null>(null);
let shownDoors: string[] = [];
/** Nearest first among those equally urgent, by where the tablet is now: with no signal the server cannot sort what it gave before. The
 * frail count as nearer than they are, those away as further (docs/decisions/0021). */
export const doors = computed(() => {
  const here = whereIAm.value;
  if (known.value.some((door) => nameOf(door) === openDoor.value)) { // the list must not move under the thumb while a door is open
    const place = new Map(shownDoors.map((name, i) => [name, i]));
    return [...known.value].sort((a, b) => (place.get(nameOf(a)) ?? Infinity) - (place.get(nameOf(b)) ?? Infinity) || 0);
  }
  const sorted = here ? [...known.value].sort((a, b) => a.knock.rank - b.knock.rank || way(a, here) - way(b, here)) : known.value;
  shownDoors = sorted.map(nameOf);
  return sorted;
});
const way = ({ knock }: Door, here: [number, number]): number => knock.farther_m + (knock.toward ? distance(here, knock.toward as [number, number]) : 0);
/** Take a door off before the list is read again. */
export function dropDoor(name: string): void {
  known.value = known.value.filter((door) => nameOf(door) !== name);
}
/** What was ticked stands in the list before it is read again, which may take long where the signal is weak. */
export function noteTick(name: string, tick: string): void {
  known.value = known.value.map((door) => (nameOf(door) === name ? { ...door, knock: { ...door.knock, tick } } : door));
}
export const doorsInAll = signal(0);
const pages = signal(1);

let looked: unknown[] = [];
/** Changes whenever a receipt or tick of such a broadcast came in, or more is to be shown: each such event makes the rows anew, also one
 * that leaves their sum as it was, as from "moving" to "need help". */
const mark = computed(() => {
  const now: unknown[] = [pages.value, ...knockedFor.value.flatMap((row) => [row.id, state.value.progress[row.id]])];
  if (now.length !== looked.length || now.some((one, i) => one !== looked[i])) looked = now;
  return looked;
});

export const showMore = (): void => void pages.value++;

let timer: number | undefined;
let due = Infinity;
let reading = false;
/** Read the list in so many milliseconds, or as soon as the reading that is under way has ended: whatever comes in between, each answer is shown. */
export function readDoors(pause: number): void {
  due = Math.min(due, pause);
  if (reading) return;
  clearTimeout(timer);
  timer = setTimeout(() => void read(knockedFor.value), due) as unknown as number;
}
export function followKnocks(): void {
  effect(() => {
    if (ready.value) return;
    const last = keptForTab<Kept | null>(KEPT, null);
    if (!last || last.by !== session.value?.user.id) return;
    known.value = last.doors;
    doorsInAll.value = last.total;
    readAt.value = last.at;
  });
  effect(() => {
    if (!ready.value) return;
    void mark.value;
    // Receipts of a large warning come without a pause: the first of them sets the clock, the rest must not set it back for ever.
    if (due === Infinity) readDoors(doors.peek().length ? LOOK_AGAIN : 0);
  });
}

/** When the list was read last, and whether that is all that can be said of it now; null before it was read at all. */
export const readAt = signal<number | null>(null);
export const unread = signal(true);

async function read(broadcasts: Broadcast[]): Promise<void> {
  due = Infinity;
  reading = true;
  const wanted = broadcasts.flatMap((broadcast) => Array.from({ length: pages.value }, (_, i) => ({ broadcast, page: i + 1 })));
  try {
    const lists = await Promise.all(wanted.map(({ broadcast, page }) => take(api.GET("/api/broadcasts/{id}/not-seen", { params: { path: { id: broadcast.id }, query: { page } } }))));
    known.value = lists.flatMap((list, i) => list.items.map((knock) => ({ broadcast: wanted[i]?.broadcast as Broadcast, knock })));
    doorsInAll.value = lists.reduce((sum, list, i) => sum + (wanted[i]?.page === 1 ? list.total : 0), 0);
    readAt.value = now.value;
    unread.value = false;
    keepForTab(KEPT, { by: session.value?.user.id ?? "", at: readAt.value, doors: known.value, total: doorsInAll.value } satisfies Kept);
  } catch {
    unread.value = true;
    due = Math.min(due, TRY_AGAIN);
  } finally {
    reading = false;
    if (due < Infinity) readDoors(due);
  }
}
