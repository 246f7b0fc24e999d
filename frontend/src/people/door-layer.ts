// The doors of one group on the map: how many of how many are reached, for a thumb to tap.
import type { GeoJSONSource } from "maplibre-gl";
import { colour } from "../map/colours";
import { FONT, type MapLibre } from "../map/map";
import type { Door } from "../wire";

const THUMB = 24; // pixels round a tap: half of the smallest target that a glove hits
const CLOSEST = 16;

/** Keep the doors on the map; with none, it shows none. */
export function doorMarks(map: MapLibre): (doors: Door[]) => void {
  map.addSource("doors", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "doors", type: "circle", source: "doors", paint: { "circle-radius": 15, "circle-color": ["case", ["get", "reached"], colour("--seen"), colour("--nobody-map")], "circle-stroke-color": "#fff", "circle-stroke-width": 2.5 } });
  map.addLayer({ id: "doors-of", type: "symbol", source: "doors", layout: { "text-field": ["get", "of"], "text-font": FONT, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": "#fff" } });
  return (doors) => {
    const features = doors.flatMap((door) => (door.location ? [{ type: "Feature" as const, properties: { id: door.resident, reached: door.reached, of: `${door.connected}/${door.people}`, lon: door.location[0], lat: door.location[1] }, geometry: { type: "Point" as const, coordinates: door.location } }] : []));
    (map.getSource("doors") as GeoJSONSource).setData({ type: "FeatureCollection", features });
    if (features.length) seeAll(map, features.map((row) => row.geometry.coordinates as [number, number]));
  };
}

function seeAll(map: MapLibre, places: [number, number][]): void {
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 60, maxZoom: CLOSEST, duration: 0 });
}

/** The resident by whom the door nearest to a tap is named; null when there is none under the thumb. */
export function doorAt(map: MapLibre, x: number, y: number): string | null {
  const found = map.queryRenderedFeatures([[x - THUMB, y - THUMB], [x + THUMB, y + THUMB]], { layers: ["doors"] });
  const away = (door: Record<string, unknown>): number => {
    const at = map.project([Number(door["lon"]), Number(door["lat"])]);
    return Math.hypot(at.x - x, at.y - y);
  };
  const near = found.map((feature) => feature.properties).sort((a, b) => away(a) - away(b))[0];
  return near ? String(near["id"]) : null;
}
