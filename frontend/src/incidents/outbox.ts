// Reports that were made here: kept on this device until the server has taken them, and sent by themselves when there is signal.
import { computed, signal } from "@preact/signals";
import { api, isOver, key, take } from "../api";
import { keepLocally, keptLocally, whenKeptElsewhere } from "../kept";
import { session } from "../realtime/store";
import type { components } from "../wire.gen";
import type { Incident } from "../wire";

export type Report = components["schemas"]["IncidentIn"];
interface Kept {
  /** Who made it: on a shared tablet it is never sent in another's name. */
  by: string;
  key: string;
  report: Report;
  /** Why the server would not take it; it stays until somebody has read so, or mends it. */
  why?: string;
}

const KEPT = "gridmap.reports";
const TRY_EVERY = 1500;
const kept = signal<Kept[]>(keptLocally(KEPT, []));
whenKeptElsewhere(KEPT, () => (kept.value = keptLocally(KEPT, [])));
const mine = computed(() => kept.value.filter((one) => one.by === session.value?.user.id));
/** What the server has not taken yet, the oldest first. */
export const waiting = computed(() => mine.value.filter((one) => !one.why).map((one) => one.report));
/** What it would not take. */
export const refusedReports = computed(() => mine.value.filter((one) => one.why));
/** The last one that was taken. */
export const reported = signal<Incident | null>(null);
/** Whether they are kept on this page alone: the tablet is full, or a private window. */
export const reportsOnPageAlone = signal(false);

/** Report; nothing has to be pressed again where there is no signal. */
export function report(wanted: Report): void {
  reported.value = null;
  keep([...kept.value, { by: session.value?.user.id ?? "", key: key()["Idempotency-Key"], report: wanted }]);
  void send();
}

let sending = false;
async function send(): Promise<void> {
  if (sending || !session.value?.csrf) return; // opened without a signal: who it is, is only remembered
  sending = true;
  for (const one of mine.value.filter((other) => !other.why)) {
    try {
      reported.value = await take(api.POST("/api/incidents", { body: one.report, headers: { "Idempotency-Key": one.key } }));
    } catch (error) {
      if (!isOver(error)) break; // again later
      if (error.code !== "idempotency.other_body") { // that says that it had come, and that one's grids changed before the answer did
        keep(kept.value.map((other) => (other.key === one.key ? { ...other, why: error.message } : other)));
        continue;
      }
    }
    forgetReport(one.key);
  }
  sending = false;
}

export const forgetReport = (key: string): void => keep(kept.value.filter((other) => other.key !== key));

export function sendReports(): void {
  setInterval(() => void send(), TRY_EVERY);
}

function keep(reports: Kept[]): void {
  kept.value = reports;
  reportsOnPageAlone.value = !keepLocally(KEPT, reports);
}
