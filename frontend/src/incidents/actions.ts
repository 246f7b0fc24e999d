// Taking an incident on, and saying that it is over.
import { signal } from "@preact/signals";
import { api, key, take } from "../api";
import { why } from "../ui/parts";
import type { Incident } from "../wire";

export const refusedStep = signal("");

export async function acknowledge(incident: Incident): Promise<void> {
  await step(() => api.POST("/api/incidents/{id}/acknowledge", { params: { path: { id: incident.id } }, headers: key() }));
}

const ARMED_MS = 5000;
/** The incident whose resolving was asked for once. */
export const askedToResolve = signal<string | null>(null);
let disarming: ReturnType<typeof setTimeout> | undefined;

/** The second press does it: where "take on" was, "resolve" lies after it, and a second press of the same finger is none of it. */
export function resolve(incident: Incident): void {
  clearTimeout(disarming);
  if (askedToResolve.value !== incident.id) {
    askedToResolve.value = incident.id;
    disarming = setTimeout(() => (askedToResolve.value = null), ARMED_MS);
    return;
  }
  askedToResolve.value = null;
  void step(() => api.POST("/api/incidents/{id}/resolve", { params: { path: { id: incident.id } }, headers: key() }));
}

async function step(call: () => Promise<{ data?: Incident; error?: unknown; response: Response }>): Promise<void> {
  refusedStep.value = "";
  try {
    await take(call());
  } catch (error) {
    refusedStep.value = why(error);
  }
}
