// The map of the staff faces: grids, coverage or who is missing, areas, incidents; live from the store.
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addAreas, showAreas } from "../broadcasts/layer";
import { missingByGroup, running } from "../broadcasts/store";
import { addGrids, type GridLayerOptions, showCoverage, showMissing, showNobody, showTagged, stepBack } from "../grids/layer";
import { grids, groups, labels, villages } from "../grids/store";
import { incidentMarkers } from "../incidents/layer";
import { state } from "../realtime/store";
import { tagShares } from "../tags/by-tag";
import type { Broadcast } from "../wire";
import { say } from "../words";
import { type Box, makeMap, type MapLibre } from "./map";
import "./map.css";

/** Whether an area is being drawn, so that everything else steps back. */
export const drawing = signal(false);

interface MapViewProps extends GridLayerOptions {
  interactive: boolean;
  /** A broadcast whose area is shown beside the running ones: the one that somebody is looking at. */
  beside?: ReadonlySignal<Broadcast | undefined>;
  onReady?: (map: MapLibre) => void;
}

export function MapView({ interactive, groupsAlways, labelSize, beside, onReady }: MapViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const current = grids.value;
  const names = labels.value;
  useEffect(() => {
    if (!place.current || !current || !names) return;
    const map = makeMap(place.current, current.bbox as Box, interactive);
    const stops: (() => void)[] = [];
    map.once("load", () => {
      addGrids(map, current, names, { groupsAlways, labelSize });
      addAreas(map);
      stops.push(...follow(map, beside));
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
      {current?.synthetic && <p class="synthetic">{say("synthetic")}</p>}
    </>
  );
}

/** Bind the layers to the store; each effect runs again only when what it reads has changed. */
function follow(map: MapLibre, beside?: ReadonlySignal<Broadcast | undefined>): (() => void)[] {
  const markers = incidentMarkers(map);
  let shaded = new Map<number, number>();
  let tagged = false;
  return [
    effect(() => showCoverage(map, state.value.coverage, villages.value)),
    effect(() => showNobody(map, state.value.uncovered)),
    effect(() => {
      if (tagShares.value || tagged) showTagged(map, tagShares.value, groups.value);
      tagged = tagShares.value !== null;
    }),
    effect(() => {
      const looked = beside?.value;
      showAreas(map, looked && !running.value.includes(looked) ? [...running.value, looked] : running.value);
    }),
    effect(() => markers(Object.values(state.value.incidents))),
    effect(() => stepBack(map, missingByGroup.value.size > 0 || drawing.value)),
    effect(() => {
      const missing = missingByGroup.value;
      showMissing(map, missing, shaded.keys());
      shaded = missing;
    }),
  ];
}
