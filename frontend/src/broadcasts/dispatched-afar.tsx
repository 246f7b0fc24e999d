// What became of the gravest broadcast's SMS, in two lines on the wall.
import { computed } from "@preact/signals";
import type { Broadcast } from "../wire";
import { number, say } from "../words";
import { failedIn, following } from "./dispatches";
import { running } from "./store";

const SHOWN = 2;
const { countsOf } = following(computed(() => (running.value[0]?.started_at ? running.value[0].id : null)));

/** For who stands before the wall: how many it reached by SMS, and where it did not. */
export function DispatchedAfar({ row }: { row: Broadcast }) {
  const counts = countsOf(row);
  if (!counts) return null;
  const places = failedIn(counts).slice(0, SHOWN).map(({ village, n }) => `${village.name} ${number(n)}`).join("、");
  return (
    <p class="sent" data-testid="dispatched-afar">
      {say("smsAfar", { delivered: number(counts.delivered), waiting: number(counts.sent + counts.waiting) })}
      {counts.failed > 0 && <b class="sms-failed">{say("smsFailedAfar", { n: number(counts.failed), places: places && `（${places}）` })}</b>}
    </p>
  );
}
