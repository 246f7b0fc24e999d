// Coverage of the county and its weakest groups, from the rows by group number.
import { computed } from "@preact/signals";
import { state } from "../realtime/store";

/** The columns of a coverage row, as COVERAGE in gridmap/people/schemas.py. */
const REGISTERED = 0;
const AWAY = 1;
const CONNECTED = 3;
const SMALLEST = 20; // a group of fewer people says more about one family than about coverage
const SHOWN = 4;

export interface Reach {
  no: number;
  registered: number;
  away: number;
  connected: number;
}

const groups = computed<Reach[]>(() =>
  Object.entries(state.value.coverage).map(([no, row]) => ({ no: Number(no), registered: row[REGISTERED] ?? 0, away: row[AWAY] ?? 0, connected: row[CONNECTED] ?? 0 })),
);

export const countyCoverage = computed(() => sum(groups.value));
export const weakest = computed(() =>
  groups.value.filter((group) => group.registered >= SMALLEST).sort((a, b) => a.connected / a.registered - b.connected / b.registered).slice(0, SHOWN),
);

export function within(start: number, end: number): Reach {
  return sum(groups.value.filter((group) => start <= group.no && group.no < end));
}

function sum(rows: Reach[]): Reach {
  const total: Reach = { no: -1, registered: 0, away: 0, connected: 0 };
  for (const row of rows) {
    total.registered += row.registered;
    total.away += row.away;
    total.connected += row.connected;
  }
  return total;
}

/** Connected of those not away: who is away and connected all the same makes it no more than everybody. */
export const percentHere = (connected: number, here: number): string => percent(Math.min(connected, here), here);
export const percent = (some: number, all: number): string => (all ? ((100 * some) / all).toFixed(1) : "–");
