// What only this device holds so far, of whoever is signed in: it goes out from every page of theirs, and signing out says so.
import { computed } from "@preact/signals";
import { pending, sendTicks } from "../broadcasts/ticks";
import { keptAnswers, sendAnswers } from "../callups/store";
import { sendReports, waiting } from "../incidents/outbox";

export const unsent = computed(() => pending.value + keptAnswers.value.length + waiting.value.length);

export function sendWhatWaits(): void {
  sendTicks();
  sendAnswers();
  sendReports();
}
