// Names of villages: all of them, but a hundred do not push the figures off the screen.
import { say } from "../words";

const SHOWN = 8;

export function PlaceNames({ names }: { names: string[] }) {
  if (names.length <= SHOWN) return <>{names.join("、")}</>;
  return <details class="places"><summary>{say("placesMore", { names: names.slice(0, SHOWN).join("、"), n: names.length })}</summary>{names.slice(SHOWN).join("、")}</details>;
}
