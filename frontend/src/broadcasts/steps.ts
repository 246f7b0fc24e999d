// Steps back and forth between areas: what was picked, cleared, or replaced by another tool. Corners are the drawing tool's own affair.
import { computed, signal } from "@preact/signals";
import { type Area, area, exclude, excluding } from "./draft";

/** An area, what is left out of it, and which of the two the tools hold. */
export interface Step {
  area: Area | null;
  exclude: Area | null;
  excluding: boolean;
}
const MOST = 50;
const past = signal<Step[]>([]);
const future = signal<Step[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

const standing = (): Step => ({ area: area.peek(), exclude: exclude.peek(), excluding: excluding.peek() });

/** Keep what stands, before something else takes its place. */
export function remember(): void {
  past.value = [...past.value, standing()].slice(-MOST);
  future.value = [];
}

/** Another message begins: what was drawn for the last one is none of its steps. */
export function forgetSteps(): void {
  past.value = future.value = [];
}

/** Give what stood before, or after; null when there is nothing. */
export function stepBack(): Step | null {
  return turn(past, future);
}
export function stepForth(): Step | null {
  return turn(future, past);
}

function turn(from: typeof past, to: typeof past): Step | null {
  const step = from.value[from.value.length - 1];
  if (!step) return null;
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, standing()];
  return step;
}
