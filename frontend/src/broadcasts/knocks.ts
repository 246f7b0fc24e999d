// The knock lists of every broadcast in force within one's grids, read anew whenever receipts or ticks come in.
import { computed, effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { state } from "../realtime/store";
import { now } from "../time";
import { why } from "../ui/parts";
import type { Broadcast, Knock } from "../wire";
import { alive } from "./store";

export type Tick = "told" | "moved" | "away" | "refused" | "not_found" | "need_help";
export const TICKS: Tick[] = ["told", "moved", "away", "refused", "not_found", "need_help"];
const LOOK_AGAIN = 1500;
const TRY_AGAIN = 3000;

/** A door to knock on, and the broadcast that it is for. */
export interface Door {
  broadcast: Broadcast;
  knock: Knock;
}
export const doors = signal<Door[]>([]);
export const doorsInAll = signal(0);
export const notSent = signal("");
/** Changes whenever a receipt or tick of a broadcast in force came in. */
const mark = computed(() => alive.value.map((row) => `${row.id} ${Object.values(state.value.progress[row.id] ?? {}).flat().reduce((sum, n) => sum + n, 0)}`).join());

let timer: number | undefined;
const readIn = (pause: number): void => {
  clearTimeout(timer);
  timer = setTimeout(() => void read(alive.value), pause) as unknown as number;
};
export function followKnocks(): void {
  effect(() => {
    void mark.value;
    readIn(doors.peek().length ? LOOK_AGAIN : 0);
  });
}

async function read(broadcasts: Broadcast[]): Promise<void> {
  try {
    const lists = await Promise.all(broadcasts.map((row) => take(api.GET("/api/broadcasts/{id}/not-seen", { params: { path: { id: row.id }, query: { page: 1 } } }))));
    doors.value = lists.flatMap((list, i) => list.items.map((knock) => ({ broadcast: broadcasts[i] as Broadcast, knock })));
    doorsInAll.value = lists.reduce((sum, list) => sum + list.total, 0);
  } catch {
    readIn(TRY_AGAIN);
  }
}

/** Tick a person off; the row changes at once and comes back when the server did not take it. */
export async function tick(door: Door, said: Tick): Promise<void> {
  const before = { doors: doors.value, inAll: doorsInAll.value };
  const gone = said === "moved" || said === "away";
  notSent.value = "";
  doors.value = gone ? before.doors.filter((other) => other !== door) : before.doors.map((other) => (other === door ? { ...door, knock: { ...door.knock, tick: said } } : other));
  doorsInAll.value = before.inAll - (gone ? 1 : 0);
  try {
    await take(api.POST("/api/broadcasts/{id}/ticks", {
      params: { path: { id: door.broadcast.id } },
      body: { resident: door.knock.resident, tick: said, at: new Date(now.value).toISOString() },
      headers: key(),
    }));
  } catch (error) {
    notSent.value = why(error);
    doors.value = before.doors;
    doorsInAll.value = before.inAll;
  }
}
