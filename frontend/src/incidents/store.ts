// Open incidents, the gravest and oldest first.
import { computed } from "@preact/signals";
import { state } from "../realtime/store";
import type { Incident } from "../wire";

const WEIGHT: Record<Incident["severity"], number> = { extreme: 0, severe: 1, moderate: 2, minor: 3 };
const order = (a: Incident, b: Incident): number => WEIGHT[a.severity] - WEIGHT[b.severity] || a.number - b.number;
export const openIncidents = computed(() => Object.values(state.value.incidents).sort(order));
