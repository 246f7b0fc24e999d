// While nothing happens the wall goes from township to township; whatever happens brings the county back, or what is out.
import { computed } from "@preact/signals";
import { boxAround, type Box } from "../broadcasts/layer";
import { loudness } from "../broadcasts/ring";
import { alive, unfinished } from "../broadcasts/store";
import { areas, townships } from "../grids/store";
import { openIncidents } from "../incidents/store";
import { percent, within } from "../people/coverage";
import { ready } from "../realtime/store";
import { now } from "../time";
import { say } from "../words";
import { tourSeconds } from "./wall-settings";

const INTERRUPTED = 600_000; // milliseconds after an incident was reported, or something routine went out; a warning interrupts as long as it holds
const isNew = (at: string | null): boolean => at === null || now.value - Date.parse(at) < INTERRUPTED;
/** What the map goes to: a warning, and for some minutes what is routine, which may hold for days. */
export const focus = computed(() => alive.value.find((row) => loudness(row) !== "none" || isNew(row.started_at))?.id ?? null);
const quiet = computed(() =>
  ready.value && unfinished.value.length === 0 && !focus.value && !openIncidents.value.some((row) => isNew(row.reported_at)));
/** By the clock, so that two walls of a room show the same; 0 is the county. */
const step = computed(() => (tourSeconds > 0 && quiet.value ? Math.floor(now.value / 1000 / tourSeconds) % (townships.value.length + 1) : 0));
export const stop = computed(() => townships.value[step.value - 1] ?? null);

/** Around the places of the township's groups. */
export const stopBox = computed<Box | null>(() => {
  const at = stop.value;
  const places = at ? areas.value.filter((area) => area.level === "group" && at.start <= area.no && area.no < at.end) : [];
  return places.length > 0 ? boxAround(places.map(({ lon, lat }) => [lon, lat])) : null;
});

export function TourStop() {
  const at = stop.value;
  if (!at) return null;
  const { connected, registered } = within(at.start, at.end);
  return (
    <p class="tour" data-testid="tour">
      <b>{at.name}</b>
      <span>{say("connectedHere")} {percent(connected, registered)}%</span>
      <small>{say("tourOf", { n: step.value, all: townships.value.length })}</small>
    </p>
  );
}
