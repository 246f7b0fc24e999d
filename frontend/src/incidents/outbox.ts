// Reports that were made here: kept on this device until the server has taken them, and sent by themselves when there is signal.
import { computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { type Kept as Item, outbox } from "../outbox";
import { session } from "../realtime/store";
import { clock, dayOf, now } from "../time";
import { say } from "../words";
import type { components } from "../wire.gen";
import type { Incident } from "../wire";

export type Report = components["schemas"]["IncidentIn"];
interface Kept extends Item {
  report: Report;
  /** When it was pressed. */
  at?: string;
  /** Why the server would not take it; it stays until somebody has read so, or mends it. */
  why?: string;
}

const LATE = 120_000; // milliseconds
/** What was kept for long says when it was seen: its clock runs from when it came, and whoever reads it would think that it is of this minute. */
const dated = ({ report, at }: Kept): Report =>
  at === undefined || now.value - Date.parse(at) < LATE ? report : { ...report, description: [report.description, say("reportedThen", { at: `${dayOf(at)} ${clock(at)}` })].filter(Boolean).join(" ") };

const { all, mine, others, onPageAlone, keep, send, start } = outbox<Kept, Incident>("gridmap.reports", {
  post: (one) => take(api.POST("/api/incidents", { body: dated(one), headers: { "Idempotency-Key": one.key } })),
  waits: (one) => one.why !== undefined,
  taken: (_, incident) => (reported.value = incident),
  stays: (one, refusal) => ({ ...one, why: refusal.message }),
});
/** What the server has not taken yet, the oldest first. */
export const waiting = computed(() => mine.value.filter((one) => !one.why).map((one) => one.report));
/** What it would not take. */
export const refusedReports = computed(() => mine.value.filter((one) => one.why));
/** The last one that was taken. */
export const reported = signal<Incident | null>(null);
export { onPageAlone as reportsOnPageAlone, others as reportsOfOthers, start as sendReports };

/** Report; nothing has to be pressed again where there is no signal. */
export function report(wanted: Report): void {
  reported.value = null;
  keep([...all.value, { by: session.value?.user.id ?? "", key: key()["Idempotency-Key"], report: wanted, at: new Date(now.value).toISOString() }]);
  void send();
}

export const forgetReport = (key: string): void => keep(all.value.filter((other) => other.key !== key));
