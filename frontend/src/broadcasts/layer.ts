// The areas of broadcasts on the map, above everything but labels and pins.
import type { GeoJSONSource } from "maplibre-gl";
import { colour } from "../map/colours";
import { BELOW_BORDERS, BELOW_LABELS, type MapLibre } from "../map/map";
import type { Broadcast } from "../wire";
import { colourOf } from "./level";

export function addAreas(map: MapLibre): void {
  map.addSource("areas", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "areas-fill", type: "fill", source: "areas", filter: ["get", "waits"], paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.16 } }, BELOW_BORDERS);
  map.addLayer({ id: "areas-halo", type: "line", source: "areas", paint: { "line-color": colour("--halo"), "line-width": 8, "line-opacity": 0.7 } }, BELOW_LABELS);
  map.addLayer({ id: "areas-line", type: "line", source: "areas", paint: { "line-color": ["get", "colour"], "line-width": 4 } }, BELOW_LABELS);
}

/** The outline of an area that the map cannot draw by itself: with something taken out of it, or of several parts. */
export function outlineLayer(map: MapLibre): (outline: Record<string, unknown> | null) => void {
  map.addSource("outline", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "outline-fill", type: "fill", source: "outline", paint: { "fill-color": colour("--danger-orange"), "fill-opacity": 0.22 } }, BELOW_BORDERS);
  map.addLayer({ id: "outline-line", type: "line", source: "outline", paint: { "line-color": colour("--danger-orange"), "line-width": 3 } }, BELOW_LABELS);
  let shown: Record<string, unknown> | null = null;
  return (outline) => {
    if (outline === shown) return; // each setting of a source is some frames more
    shown = outline;
    const features = outline ? [{ type: "Feature" as const, geometry: outline as unknown as GeoJSON.MultiPolygon, properties: {} }] : [];
    (map.getSource("outline") as GeoJSONSource).setData({ type: "FeatureCollection", features });
  };
}

export function showAreas(map: MapLibre, broadcasts: Broadcast[]): void {
  const features = broadcasts.map((broadcast) => ({
    type: "Feature" as const,
    geometry: broadcast.area as unknown as GeoJSON.MultiPolygon,
    properties: { colour: colour(`--danger-${colourOf(broadcast)}`), waits: !broadcast.started_at },
  }));
  (map.getSource("areas") as GeoJSONSource).setData({ type: "FeatureCollection", features });
}

/** The box around an area. */
export const boxOf = (broadcast: Broadcast): Box => boxAround((broadcast.area as unknown as GeoJSON.MultiPolygon).coordinates.flat(2));

export type Box = [number, number, number, number];
/** The box around some corners. */
export function boxAround(corners: GeoJSON.Position[]): Box {
  const box: Box = [180, 90, -180, -90];
  for (const [lon = 0, lat = 0] of corners) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}
