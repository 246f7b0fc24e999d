// What became of a broadcast's SMS, read again and again; for the desk and the wall.
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { api, take } from "../api";
import { villages } from "../grids/store";
import { now } from "../time";
import { why } from "../ui/parts";
import type { Broadcast, Dispatches } from "../wire";

const EVERY = 15_000; // the gateway's reports ring no doorbell; the clock queues as seldom
export const STATES = ["delivered", "sent", "waiting", "failed"] as const;
const turn = computed(() => Math.floor(now.value / EVERY));

/** Read the counts of whatever broadcast is looked at, again and again. */
export function following(of: ReadonlySignal<string | null>) {
  const read = signal<{ id: string; counts: Dispatches } | null>(null);
  const trouble = signal("");
  effect(() => {
    void turn.value;
    const id = of.value;
    trouble.value = "";
    if (!id) return;
    take(api.GET("/api/broadcasts/{id}/dispatches", { params: { path: { id } } })).then(
      (counts) => { if (id === of.peek()) read.value = { id, counts }; },
      (error: unknown) => { if (id === of.peek()) trouble.value = why(error); },
    );
  });
  /** The counts of a broadcast, null where there are none or nobody was written to. */
  const countsOf = (row: Broadcast): Dispatches | null => {
    const counts = read.value?.id === row.id ? read.value.counts : null;
    return counts && STATES.some((state) => counts[state] > 0) ? counts : null;
  };
  return { trouble, countsOf };
}

/** The villages where SMS failed, those with most first. */
export function failedIn(counts: Dispatches) {
  const failed = counts.by_grid.filter((at) => at.failed > 0); // few: the wall is drawn anew twice a second, and has 572 villages and 8,601 groups
  return villages.value
    .map((village) => ({ village, n: failed.reduce((sum, at) => sum + (at.no >= village.start && at.no < village.end ? at.failed : 0), 0) }))
    .filter((at) => at.n > 0)
    .sort((a, b) => b.n - a.n);
}
