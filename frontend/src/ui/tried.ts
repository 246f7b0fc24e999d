// One way to make a call whose refusal a panel shows: the trouble of the last call, empty when it went well.
import { computed, effect, type Signal } from "@preact/signals";
import { why } from "./parts";

/** Gives a function that makes a call, keeps its refusal in `trouble`, and says whether it went well. */
export const trying = (trouble: Signal<string>) => async (call: () => Promise<unknown>): Promise<boolean> => {
  trouble.value = "";
  try {
    await call();
    return true;
  } catch (error) {
    trouble.value = why(error);
    return false;
  }
};

/** Let a refusal go once the rows that it was about are others: what was refused was answered by somebody meanwhile. */
export function forgetWith(trouble: Signal<string>, about: () => string): void {
  const rows = computed(about);
  effect(() => {
    void rows.value;
    trouble.value = "";
  });
}
