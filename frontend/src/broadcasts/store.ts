// What the faces ask about broadcasts: which run, how far they are, who is missing.
import { computed } from "@preact/signals";
import { state } from "../realtime/store";
import type { Broadcast } from "../wire";

/** The columns of a progress row, as PROGRESS in gridmap/broadcasts/schemas.py. */
export const COLUMNS = ["residents", "pushed", "displayed", "acknowledged", "moving", "safe", "need_help", "accounted_for", "visited"] as const;
export type Column = (typeof COLUMNS)[number];
export type Totals = Record<Column, number>;

const RUNNING = new Set(["countdown", "sending", "in_force"]);
const newest = (a: Broadcast, b: Broadcast): number => (a.drafted_at < b.drafted_at ? 1 : -1);

export const broadcasts = computed(() => Object.values(state.value.broadcasts).sort(newest));
export const alerts = computed(() => broadcasts.value.filter((row) => row.message_type === "Alert"));
export const running = computed(() => alerts.value.filter((row) => RUNNING.has(row.state)));
export const toApprove = computed(() => broadcasts.value.filter((row) => row.state === "submitted"));

export const isEvacuation = (broadcast: Broadcast): boolean => broadcast.kind === "danger_notice";

export function totals(id: string): Totals {
  const sums = Object.fromEntries(COLUMNS.map((column) => [column, 0])) as Totals;
  for (const row of Object.values(state.value.progress[id] ?? {})) {
    COLUMNS.forEach((column, i) => (sums[column] += row[i] ?? 0));
  }
  return sums;
}

/** Whoever is not accounted for in an evacuation, or has not seen any other broadcast. Seen is not safe. */
export function missingOf(broadcast: Broadcast): number {
  const sums = totals(broadcast.id);
  return sums.residents - (isEvacuation(broadcast) ? sums.accounted_for : sums.displayed);
}

/** By group number, the share of people missing in the newest running broadcast, in percent. */
export const missingByGroup = computed<Map<number, number>>(() => {
  const first = running.value.find((row) => row.state !== "countdown");
  const shares = new Map<number, number>();
  if (!first) return shares;
  const column = COLUMNS.indexOf(isEvacuation(first) ? "accounted_for" : "displayed");
  for (const [no, row] of Object.entries(state.value.progress[first.id] ?? {})) {
    const all = row[0] ?? 0;
    if (all > 0) shares.set(Number(no), (100 * (all - (row[column] ?? 0))) / all);
  }
  return shares;
});

export function groupsOf(broadcast: Broadcast): number {
  return broadcast.ranges.reduce((sum, [start = 0, end = 0]) => sum + end - start, 0);
}

export const touches = (broadcast: Broadcast, start: number, end: number): boolean =>
  broadcast.ranges.some(([a = 0, b = 0]) => a < end && start < b);
