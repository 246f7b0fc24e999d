// What became of a broadcast's SMS at the desk: how many arrived, and the villages where they failed, whom somebody has to go to.
import { computed } from "@preact/signals";
import { placeOf } from "../grids/store";
import type { Broadcast } from "../wire";
import { number, say } from "../words";
import { failedIn, following, STATES } from "./dispatches";
import { chosen, chosenBroadcast } from "./draft";

const SHOWN = 5;
const WORD = { delivered: "smsDelivered", sent: "smsSent", waiting: "smsWaiting", failed: "smsFailed" } as const;
const { trouble, countsOf } = following(computed(() => (chosenBroadcast.value?.started_at ? chosen.value : null)));

export function Dispatched({ row }: { row: Broadcast }) {
  if (trouble.value) return <p class="refused" role="alert">{trouble.value}</p>;
  const counts = countsOf(row);
  if (!counts) return null;
  const failed = failedIn(counts);
  return (
    <section class="dispatched" data-testid="dispatched">
      <h3>{say("sms")}</h3>
      <dl class="figures">{STATES.map((state) => <div key={state} class={`sms-${state}`}><dt>{say(WORD[state])}</dt><dd>{number(counts[state])}</dd></div>)}</dl>
      {failed.length > 0 && <><p class="note">{say("smsFailedHow")}</p><ul>{failed.slice(0, SHOWN).map(({ village, n }) => (
        <li key={village.no}><span>{placeOf(village.start).township} {village.name}</span><b>{say("people", { n: number(n) })}</b></li>
      ))}</ul></>}
    </section>
  );
}
