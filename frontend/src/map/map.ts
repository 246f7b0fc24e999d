// Makes the one map of a face: no tiles from elsewhere, no glyph server, Chinese drawn with the device's own fonts.
import { Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { language } from "../words";
import { colour } from "./colours";

setWorkerUrl(workerUrl);
export const FONT = ["Noto Sans CJK SC Bold"];
export type Box = [number, number, number, number];
export type { MapLibre };

export function makeMap(container: HTMLElement, box: Box, interactive: boolean): MapLibre {
  const map = new MapLibre({
    container,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("--land") } }] },
    bounds: box,
    fitBoundsOptions: { padding: 24 },
    maxBounds: [box[0] - 0.6, box[1] - 0.5, box[2] + 0.6, box[3] + 0.5],
    minZoom: 8,
    maxZoom: 17,
    interactive,
    localIdeographFontFamily: "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif",
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    locale: language.value === "en" ? {} : { "ScaleControl.Meters": "米", "ScaleControl.Kilometers": "公里" },
  });
  map.touchZoomRotate.disableRotation();
  if (interactive) map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
  watchIdle(map, container);
  return map;
}

/** Mark the container while the map still draws; tests and screenshots wait for it. */
function watchIdle(map: MapLibre, container: HTMLElement): void {
  container.dataset["idle"] = "0";
  const busy = (): void => void (container.dataset["idle"] = "0");
  map.on("dataloading", busy);
  map.on("movestart", busy);
  map.on("idle", () => (container.dataset["idle"] = "1"));
  map.on("error", (event) => console.error("map:", event.error?.message));
}

/** Where a layer goes: areas under borders under labels, whatever the order of adding. */
export const BELOW_BORDERS = "grids-group-border";
export const BELOW_LABELS = "grids-labels-township";
