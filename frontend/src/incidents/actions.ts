// Taking an incident on, and saying that it is over.
import { signal } from "@preact/signals";
import { api, key, take } from "../api";
import { why } from "../ui/parts";
import type { Incident } from "../wire";

export const refusedStep = signal("");

export async function acknowledge(incident: Incident): Promise<void> {
  await step(() => api.POST("/api/incidents/{id}/acknowledge", { params: { path: { id: incident.id } }, headers: key() }));
}

export async function resolve(incident: Incident): Promise<void> {
  await step(() => api.POST("/api/incidents/{id}/resolve", { params: { path: { id: incident.id } }, headers: key() }));
}

async function step(call: () => Promise<{ data?: Incident; error?: unknown; response: Response }>): Promise<void> {
  refusedStep.value = "";
  try {
    await take(call());
  } catch (error) {
    refusedStep.value = why(error);
  }
}
