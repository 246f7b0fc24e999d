// What only this device holds so far, of whoever is signed in: it goes out from every page of theirs, and signing out says so.
import { computed } from "@preact/signals";
import { pending, sendTicks, ticksOfOthers } from "../broadcasts/ticks";
import { answersOfOthers, keptAnswers, sendAnswers } from "../callups/store";
import { reportsOfOthers, sendReports, waiting } from "../incidents/outbox";
import { say } from "../words";

export const unsent = computed(() => pending.value + keptAnswers.value.length + waiting.value.length);
/** What others left on this tablet, which goes out only when they sign in at it again: somebody has to tell them. */
const ofOthers = computed(() => ticksOfOthers.value + answersOfOthers.value + reportsOfOthers.value);
export const OthersUnsent = () => (ofOthers.value > 0 ? <p class="kept" role="status">{say("ticksOfOthers", { n: ofOthers.value })}</p> : null);

export function sendWhatWaits(): void {
  sendTicks();
  sendAnswers();
  sendReports();
}
