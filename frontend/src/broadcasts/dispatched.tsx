// What became of a broadcast's SMS at the desk: how many arrived, and the villages where they failed, whom somebody has to go to.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { placeOf, villages } from "../grids/store";
import { now } from "../time";
import { why } from "../ui/parts";
import type { Broadcast, Dispatches } from "../wire";
import { number, say } from "../words";
import { chosen, chosenBroadcast } from "./draft";

const EVERY = 15_000; // the gateway's reports ring no doorbell; the clock queues as seldom
const SHOWN = 5;
const STATES = ["delivered", "sent", "waiting", "failed"] as const;
const WORD = { delivered: "smsDelivered", sent: "smsSent", waiting: "smsWaiting", failed: "smsFailed" } as const;

const read = signal<{ id: string; counts: Dispatches } | null>(null);
const trouble = signal("");
const turn = computed(() => Math.floor(now.value / EVERY));
const out = computed(() => (chosenBroadcast.value?.started_at ? chosen.value : null));

effect(() => {
  void turn.value;
  const id = out.value;
  trouble.value = "";
  if (!id) return;
  take(api.GET("/api/broadcasts/{id}/dispatches", { params: { path: { id } } })).then(
    (counts) => { if (id === out.peek()) read.value = { id, counts }; },
    (error: unknown) => { if (id === out.peek()) trouble.value = why(error); },
  );
});

export function Dispatched({ row }: { row: Broadcast }) {
  if (trouble.value) return <p class="refused" role="alert">{trouble.value}</p>;
  const counts = read.value?.id === row.id ? read.value.counts : null;
  if (!counts || STATES.every((state) => counts[state] === 0)) return null;
  const failed = villages.value
    .map((village) => ({ village, n: counts.by_grid.reduce((sum, at) => sum + (at.no >= village.start && at.no < village.end ? at.failed : 0), 0) }))
    .filter((at) => at.n > 0)
    .sort((a, b) => b.n - a.n);
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
