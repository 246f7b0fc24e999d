// What is being written stays with the tab: over a look into the register, a reload and a crash; it goes with whoever signs out.
import { effect, untracked } from "@preact/signals";
import { keepForTab, keptForTab } from "../kept";
import { session } from "../realtime/store";
import { updating } from "./draft";
import { type DeskDraft, deskDraft, isBegun, takeBack } from "./form";

const KEPT = "gridmap.desk";
type Kept = DeskDraft & { by: string };

/** Keep it from now on, and take up what this person left; an update is begun anew from what is out. */
export function followDraft(): void {
  let takenUp = false;
  effect(() => {
    const by = session.value?.user.id;
    if (!by) return;
    if (!takenUp) {
      takenUp = true;
      const last = keptForTab<Kept | null>(KEPT, null);
      if (last?.by === by && isBegun(last)) untracked(() => takeBack(last));
    }
    const draft = deskDraft();
    if (!updating.value) keepForTab(KEPT, { ...draft, by } satisfies Kept);
  });
}
