// One way to make a call whose refusal a panel shows: the trouble of the last call, empty when it went well.
import type { Signal } from "@preact/signals";
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
