// The knock list of the running broadcasts within one's grids, read anew whenever receipts or ticks come in.
import { computed, effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { state } from "../realtime/store";
import type { Broadcast, Knock } from "../wire";
import { running } from "./store";

export type Tick = "told" | "moved" | "away" | "refused" | "not_found" | "need_help";
export const TICKS: Tick[] = ["told", "moved", "away", "refused", "not_found", "need_help"];
const LOOK_AGAIN = 1500;

export const knocks = signal<{ broadcast: string; items: Knock[]; total: number } | null>(null);
export const notSent = signal<string>("");
const alive = computed<Broadcast | undefined>(() => running.value.find((row) => row.state !== "countdown"));
/** Changes whenever a receipt or tick of the running broadcast came in. */
const mark = computed(() => {
  const rows = alive.value ? Object.values(state.value.progress[alive.value.id] ?? {}) : [];
  return `${alive.value?.id ?? ""} ${rows.flat().reduce((sum, n) => sum + n, 0)}`;
});

let timer: number | undefined;
export function followKnocks(): void {
  effect(() => {
    if (!mark.value.trim() || !alive.value) knocks.value = null;
    clearTimeout(timer);
    timer = setTimeout(() => void read(), knocks.value ? LOOK_AGAIN : 0) as unknown as number;
  });
}

async function read(): Promise<void> {
  const broadcast = alive.value;
  if (!broadcast) return;
  try {
    const list = await take(api.GET("/api/broadcasts/{id}/not-seen", { params: { path: { id: broadcast.id }, query: { page: 1 } } }));
    knocks.value = { broadcast: broadcast.id, items: list.items, total: list.total };
  } catch {
    timer = setTimeout(() => void read(), 3000) as unknown as number;
  }
}

/** Tick a person off; the row changes at once and comes back when the server did not take it. */
export async function tick(knock: Knock, said: Tick): Promise<void> {
  const list = knocks.value;
  if (!list) return;
  notSent.value = "";
  const gone = said === "moved" || said === "away";
  const items = gone ? list.items.filter((row) => row.resident !== knock.resident) : list.items.map((row) => (row.resident === knock.resident ? { ...row, tick: said } : row));
  knocks.value = { ...list, items, total: list.total - (gone ? 1 : 0) };
  try {
    await take(api.POST("/api/broadcasts/{id}/ticks", {
      params: { path: { id: list.broadcast } },
      body: { resident: knock.resident, tick: said, at: new Date().toISOString() },
      headers: key(),
    }));
  } catch (error) {
    notSent.value = error instanceof Error ? error.message : String(error);
    knocks.value = list;
  }
}
