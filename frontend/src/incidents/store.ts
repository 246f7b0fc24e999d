// Open incidents: a drill's last; what nobody has taken first, then the gravest, then the oldest.
import { computed, effect } from "@preact/signals";
import { keepForTab, keptForTab } from "../kept";
import { denied, ready, session, state } from "../realtime/store";
import type { Incident } from "../wire";

const WEIGHT: Record<Incident["severity"], number> = { extreme: 0, severe: 1, moderate: 2, minor: 3 };
const taken = (incident: Incident): number => Number(incident.state !== "reported");
const played = (incident: Incident): number => (incident.drill ? 1 : 0); // before a drill's come all real ones
const order = (a: Incident, b: Incident): number => played(a) - played(b) || taken(a) - taken(b) || WEIGHT[a.severity] - WEIGHT[b.severity] || a.number - b.number;
const KEPT = "gridmap.incidents";
interface Kept {
  by: string;
  incidents: Incident[];
}

const incidents = computed(() => state.value.incidents);
const mine = computed(() => session.value?.user.id ?? "");
/** Those known last, where the page is opened anew without a signal; the screen says that it is old. */
const last = computed<Incident[]>(() => {
  const kept = keptForTab<Kept | null>(KEPT, null);
  return kept?.by === mine.value ? kept.incidents : [];
});
export const openIncidents = computed(() => (ready.value ? Object.values(incidents.value) : denied.value ? [] : [...last.value]).sort(order));
effect(() => {
  if (ready.value) keepForTab(KEPT, { by: mine.value, incidents: openIncidents.value } satisfies Kept);
});
