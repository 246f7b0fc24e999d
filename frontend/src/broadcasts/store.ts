// What the faces ask about broadcasts: which run, how far they are, who is missing.
import { computed } from "@preact/signals";
import type { Area } from "../grids/store";
import type { Rows } from "../realtime/state";
import { state } from "../realtime/store";
import { now } from "../time";
import type { Broadcast } from "../wire";
import { graver } from "./level";

/** The columns of a progress row, as PROGRESS in gridmap/broadcasts/schemas.py. */
export const COLUMNS = ["residents", "pushed", "displayed", "acknowledged", "moving", "safe", "need_help", "accounted_for", "visited"] as const;
export type Column = (typeof COLUMNS)[number];
export type Totals = Record<Column, number>;

const RUNNING = new Set(["countdown", "sending", "in_force"]);
const newest = (a: Broadcast, b: Broadcast): number => (a.drafted_at < b.drafted_at ? 1 : -1);

export const broadcasts = computed(() => Object.values(state.value.broadcasts).sort(newest));
/** The version that people have while the next one is prepared: what was discarded, or not sent, has a number too, and nobody got it. */
export const versionBefore = (row: Broadcast): Broadcast | undefined => broadcasts.value.find((one) => one.chain === row.chain && one.version < row.version && one.started_at);
export const alerts = computed(() => broadcasts.value.filter((row) => row.message_type !== "Cancel"));
/** Those that count down, go out or are in force: drills last, evacuations first, then by level, then the newest. */
export const running = computed(() => alerts.value.filter((row) => RUNNING.has(row.state)).sort((a, b) => graver(a, b) || newest(a, b)));
/** Those of them that residents have in hand. */
export const alive = computed(() => running.value.filter((row) => row.state !== "countdown"));
/** Those of which people are counted and the map is coloured: a drill only while nothing real runs (P14). */
export const foremost = computed(() => {
  const real = alive.value.filter((row) => !row.drill);
  return real.length > 0 ? real : alive.value;
});
export const toApprove = computed(() => broadcasts.value.filter((row) => row.state === "submitted"));

export const isEvacuation = (broadcast: Broadcast): boolean => broadcast.kind === "danger_notice";
export const isCancel = (broadcast: Broadcast): boolean => broadcast.message_type === "Cancel";
/** Whoever is accounted for in an evacuation, or has seen any other message, its cancel too, is done. Seen is not safe. */
export const doneBy = (broadcast: Broadcast): Column => (isEvacuation(broadcast) && !isCancel(broadcast) ? "accounted_for" : "displayed");
const doneColumn = (broadcast: Broadcast): number => COLUMNS.indexOf(doneBy(broadcast));

export function totals(id: string): Totals {
  const sums = Object.fromEntries(COLUMNS.map((column) => [column, 0])) as Totals;
  for (const row of Object.values(state.value.progress[id] ?? {})) {
    COLUMNS.forEach((column, i) => (sums[column] += row[i] ?? 0));
  }
  return sums;
}

/** Whether its figures are in tens for this face: sensitive tags narrow it, and no group's own figure comes here. */
export const inTens = (broadcast: Broadcast): boolean =>
  broadcast.in_tens && Object.keys(state.value.progress[broadcast.id] ?? {}).every((no) => Number(no) < 0);

/** By order and confirmed by nobody it has reached nobody, which is not that everybody has seen it. */
export const unconfirmed = (broadcast: Broadcast): boolean => broadcast.by_order && totals(broadcast.id).residents === 0;

/** Whoever is not accounted for in an evacuation, or has not seen any other broadcast. Seen is not safe. */
export function missingOf(broadcast: Broadcast): number {
  const sums = totals(broadcast.id);
  return sums.residents - (isEvacuation(broadcast) ? sums.accounted_for : sums.displayed);
}

/** For how long an officer's tick still counts after the end, as AFTERWARDS in gridmap/broadcasts/models.py. */
const AFTERWARDS = 2 * 86_400_000;
/** Evacuations whose time ran out while people were missing: they are missing no less, and stay on the wall and on the officers' lists,
 * also where another evacuation touches the same groups: which of the people it counts, no figure says. */
export const unfinished = computed(() =>
  alerts.value.filter((row) => isEvacuation(row) && !row.drill && row.state === "expired" && row.started_at !== null && now.value - Date.parse(row.expires) < AFTERWARDS && missingOf(row) > 0));
const SOON = 3_600_000;
/** Whether an evacuation ends within the hour while people are missing: somebody has to extend it, or say that it is over. */
export const endsTooSoon = (row: Broadcast): boolean => isEvacuation(row) && !isCancel(row) && RUNNING.has(row.state) && row.state !== "countdown" && Date.parse(row.expires) - now.value < SOON && missingOf(row) > 0;

/** What the map is coloured by: all evacuations, else the gravest other broadcast. */
const coloured = computed(() => {
  const evacuations = foremost.value.filter(isEvacuation);
  return evacuations.length ? evacuations : foremost.value.slice(0, 1);
});
export const colouredByEvacuation = computed(() => coloured.value.some(isEvacuation));

/** By number, the share of people missing in percent: in the worst of these broadcasts. */
function shares(numbers: (rows: Rows, done: number) => Iterable<[number, number, number]>): Map<number, number> {
  const found = new Map<number, number>();
  for (const broadcast of coloured.value) {
    for (const [no, all, done] of numbers(state.value.progress[broadcast.id] ?? {}, doneColumn(broadcast))) {
      const share = all > 0 ? (100 * (all - done)) / all : -1;
      if (share > (found.get(no) ?? -1)) found.set(no, share);
    }
  }
  return found;
}
export const missingByGroup = computed(() => shares((rows, done) =>
  Object.entries(rows).flatMap(([no, row]): [number, number, number][] => (Number(no) < 0 ? [] : [[Number(no), row[0] ?? 0, row[done] ?? 0]]))));

/** The same by larger areas, which carry the colour from afar. */
export const missingIn = (areas: Area[]): Map<number, number> => shares((rows, done) => areas.map((area): [number, number, number] => [area.no, ...within(rows, area, done)]));

/** Of the groups of an area, how many people, and how many of them a column counts. */
export function within(rows: Rows, { start, end }: Pick<Area, "start" | "end">, column: number): [number, number] {
  let [all, some] = [0, 0];
  for (let no = start; no < end; no++) {
    all += rows[no]?.[0] ?? 0;
    some += rows[no]?.[column] ?? 0;
  }
  return [all, some];
}

/** By group, how many people are missing in the running evacuations, and of how many: of two of the same ground the worse, since nobody
 * is missing twice. Made once for all that ask: the wall asks for each of 572 villages. */
const worst = computed(() => {
  const found = new Map<number, { missing: number; of: number }>();
  for (const row of foremost.value.filter(isEvacuation)) {
    const done = doneColumn(row);
    for (const [name, counts] of Object.entries(state.value.progress[row.id] ?? {})) {
      const [no, of] = [Number(name), counts[0] ?? 0];
      const missing = of - (counts[done] ?? 0);
      const before = found.get(no);
      if (no >= 0 && (!before || missing > before.missing || (missing === before.missing && of > before.of))) found.set(no, { missing, of });
    }
  }
  return found;
});

/** How many people of an area are missing in all running evacuations, and of how many. */
export function missingWithin({ start, end }: Pick<Area, "start" | "end">): { missing: number; of: number } {
  const sum = { missing: 0, of: 0 };
  const add = (group: { missing: number; of: number } | undefined): void => {
    sum.missing += group?.missing ?? 0;
    sum.of += group?.of ?? 0;
  };
  if (end === Infinity) worst.value.forEach(add);
  else for (let no = start; no < end; no++) add(worst.value.get(no));
  return sum;
}

/** The beginning of the hash over all that was approved: the same on the desk, on the wall and in the record. */
export const fingerprint = (broadcast: Broadcast): string => (broadcast.content_hash ?? "").slice(0, 8);

/** When the first version of a chain went out: with an update nobody has more time to see what they had not seen. */
export const firstStart = (broadcast: Broadcast): number =>
  Math.min(...broadcasts.value.filter((row) => row.chain === broadcast.chain && row.started_at).map((row) => Date.parse(row.started_at ?? "")));

export function groupsOf(broadcast: Broadcast): number {
  return broadcast.ranges.reduce((sum, [start = 0, end = 0]) => sum + end - start, 0);
}

export const touches = (broadcast: Broadcast, start: number, end: number): boolean =>
  broadcast.ranges.some(([a = 0, b = 0]) => a < end && start < b);
