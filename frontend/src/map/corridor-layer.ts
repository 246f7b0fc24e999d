// A corridor while it is drawn: a band as wide on the ground as was typed, at every zoom; the server builds the real shape.
import type { GeoJSONSource } from "maplibre-gl";
import { colour } from "./colours";
import type { Corridor } from "./draw";
import { BELOW_LABELS, type MapLibre } from "./map";

const METRES_A_PIXEL = 78_271.517; // at zoom 0 on the equator, tiles of 512 pixels
const [FAR, NEAR] = [0, 22];

/** Show a band, or none. */
export function corridorBand(map: MapLibre): (corridor: Corridor | null) => void {
  map.addSource("corridor", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "corridor", type: "line", source: "corridor", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("--danger-orange"), "line-opacity": 0.25 } }, BELOW_LABELS);
  let shown = false;
  return (corridor) => {
    if (!corridor && !shown) return; // each setting of a source is some frames more
    shown = corridor !== null;
    const features = corridor ? [{ type: "Feature" as const, properties: {}, geometry: { type: "LineString" as const, coordinates: corridor.line } }] : [];
    (map.getSource("corridor") as GeoJSONSource).setData({ type: "FeatureCollection", features });
    const [, lat = 0] = corridor?.line[0] ?? [];
    const pixels = (zoom: number): number => ((corridor?.width_m ?? 0) / (METRES_A_PIXEL * Math.cos((lat * Math.PI) / 180))) * 2 ** zoom;
    map.setPaintProperty("corridor", "line-width", ["interpolate", ["exponential", 2], ["zoom"], FAR, pixels(FAR), NEAR, pixels(NEAR)]);
  };
}
