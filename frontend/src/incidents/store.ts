// Open incidents: what nobody has taken first, then the gravest, then the oldest.
import { computed } from "@preact/signals";
import { state } from "../realtime/store";
import type { Incident } from "../wire";

const WEIGHT: Record<Incident["severity"], number> = { extreme: 0, severe: 1, moderate: 2, minor: 3 };
const taken = (incident: Incident): number => Number(incident.state !== "reported");
const order = (a: Incident, b: Incident): number => taken(a) - taken(b) || WEIGHT[a.severity] - WEIGHT[b.severity] || a.number - b.number;
export const openIncidents = computed(() => Object.values(state.value.incidents).sort(order));
