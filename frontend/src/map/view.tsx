// The map of the staff faces: grids, coverage or who is missing, areas, incidents; live from the store.
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addAreas, showAreas } from "../broadcasts/layer";
import { missingByGroup, missingIn, running } from "../broadcasts/store";
import { addGrids, clearTagged, type GridLayerOptions, showCoverage, showLevel, showMissing, showNobody, showTagged } from "../grids/layer";
import { areasOf, chosenLevel, type Level, LevelChoice, type Shown } from "../grids/level";
import { grids, labels, townships, villages } from "../grids/store";
import { incidentMarkers } from "../incidents/layer";
import { officerMarkers } from "../people/officer-layer";
import { state } from "../realtime/store";
import { shownTag, tagShares } from "../tags/by-tag";
import { nameOf } from "../tags/store";
import type { Broadcast } from "../wire";
import { say } from "../words";
import { now } from "../time";
import { Legend } from "./legend";
import { type Box, makeMap, type MapLibre } from "./map";
import "./map.css";

/** Whether an area is being drawn, so that everything else steps back. */
export const drawing = signal(false);

interface MapViewProps extends GridLayerOptions {
  interactive: boolean;
  /** Which level carries the colour where nobody chose one. */
  level: Shown;
  /** A broadcast whose area is shown beside the running ones: the one that somebody is looking at. */
  beside?: ReadonlySignal<Broadcast | undefined>;
  onReady?: (map: MapLibre) => void;
}

export function MapView({ interactive, level, labelSize, beside, onReady }: MapViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const current = grids.value;
  const names = labels.value;
  useEffect(() => {
    if (!place.current || !current || !names) return;
    const map = makeMap(place.current, current.bbox as Box, interactive);
    const stops: (() => void)[] = [];
    map.once("load", () => {
      addGrids(map, current, names, { labelSize });
      addAreas(map);
      stops.push(...follow(map, level, beside));
      onReady?.(map);
    });
    return () => {
      for (const stop of stops) stop();
      map.remove();
    };
  }, [current, names]);
  return (
    <>
      <div class="map" ref={place} data-testid="map">
        {!current && <p class="map-waits">{say("loadingMap")}</p>}
      </div>
      {interactive && current && <LevelChoice />}
      {interactive && current && <details class="map-legend"><summary>{say("legend")}{tagShares.value && shownTag.value && ` · ${nameOf(shownTag.value)}`}</summary><Legend /></details>}
      {current?.synthetic && <p class="synthetic">{say("synthetic")}</p>}
    </>
  );
}

/** What the layers show of what stands: at a receipt none of it changes, and no layer is set anew. */
const coverage = computed(() => state.value.coverage);
const uncovered = computed(() => state.value.uncovered);
const incidents = computed(() => state.value.incidents);
const onDuty = computed(() => state.value.onDuty);
const MINUTE = 60_000;
const minute = computed(() => Math.floor(now.value / MINUTE));
/** Bind the layers to the store; each effect runs again only when what it reads has changed. */
function follow(map: MapLibre, level: Shown, beside?: ReadonlySignal<Broadcast | undefined>): (() => void)[] {
  const markers = incidentMarkers(map);
  const officers = officerMarkers(map);
  const shaded = { group: new Map<number, number>(), village: new Map<number, number>(), township: new Map<number, number>() };
  let tagged: Level | null = null;
  return [
    effect(() => showCoverage(map, coverage.value, [...villages.value, ...townships.value])),
    effect(() => showNobody(map, uncovered.value)),
    effect(() => {
      const by = tagShares.value;
      if (tagged) clearTagged(map, areasOf(tagged));
      if (by) showTagged(map, by.shares, areasOf(by.level));
      tagged = by?.level ?? null;
    }),
    effect(() => {
      const looked = beside?.value;
      showAreas(map, looked && !running.value.includes(looked) ? [...running.value, looked] : running.value);
    }),
    effect(() => markers(Object.values(incidents.value))),
    effect(() => officers(Object.values(onDuty.value), minute.value * MINUTE)),
    effect(() => {
      showLevel(map, chosenLevel.value ?? level, missingByGroup.value.size > 0 || drawing.value);
    }),
    effect(() => {
      const missing = { group: missingByGroup.value, village: missingIn(villages.value), township: missingIn(townships.value) };
      for (const of of ["group", "village", "township"] as const) {
        showMissing(map, of, missing[of], shaded[of].keys());
        shaded[of] = missing[of];
      }
    }),
  ];
}
