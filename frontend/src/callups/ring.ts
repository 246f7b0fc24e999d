// A call-up rings on the tablet of whom it calls, again and again until they answer: it lies in a bag, or on a seat.
import { computed, effect } from "@preact/signals";
import { alarm, allowSound } from "../broadcasts/ring";
import { broadcasts } from "../broadcasts/store"; // also the version that an officer outside the new area saw last
import { mineToAnswer } from "./store";

const EVERY = 30_000;
const calls = computed(() => mineToAnswer.value.map((row) => row.id).join());
const isDrill = computed(() => mineToAnswer.value.every((row) => broadcasts.value.some((one) => one.chain === row.chain && one.drill)));

export function ringForCallups(): void {
  allowSound(true); // a page that loaded itself anew may still be let
  effect(() => {
    if (!calls.value) return;
    const call = (): void => alarm(isDrill.peek() ? "blue" : "red");
    call();
    const timer = setInterval(call, EVERY);
    return () => clearInterval(timer);
  });
}
