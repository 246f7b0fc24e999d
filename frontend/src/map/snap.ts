// Drawing sticks to the borders of grids that it comes near: first to a corner, then to a line; not while Alt is held. What sticks is the
// border as the tile has it, within a metre of the real one: who lives there is tested by their place on the server all the same.
import { Marker } from "maplibre-gl";
import { round } from "./ground";
import type { MapLibre } from "./map";

const NEAR = 10; // pixels
type Position = [number, number];
interface Pointer {
  lng: number;
  lat: number;
  containerX: number;
  containerY: number;
}

/** Give what says where a pointer sticks, and shows it, undefined where it is free; and what takes the mark off the map. */
export function snapping(map: MapLibre): { stick: (event: Pointer) => Position | undefined; release: () => void } {
  const ring = document.createElement("div");
  ring.className = "snap-ring";
  const marker = new Marker({ element: ring });
  let free = false;
  for (const name of ["pointermove", "pointerdown"] as const) addEventListener(name, (event) => (free = event.altKey), true); // before the tool hears of it
  return {
    stick({ containerX: x, containerY: y }) {
      const found = free ? null : nearest(map, x, y);
      if (found) marker.setLngLat(found).addTo(map);
      else marker.remove();
      return found ?? undefined;
    },
    release: () => void marker.remove(),
  };
}

function nearest(map: MapLibre, x: number, y: number): Position | null {
  const features = map.queryRenderedFeatures([[x - NEAR, y - NEAR], [x + NEAR, y + NEAR]], { layers: ["grids-group-fill"] });
  let corner: { far: number; at: Position } | null = null;
  let line: { far: number; at: Position } | null = null;
  for (const { geometry } of features) {
    const rings = geometry.type === "Polygon" ? geometry.coordinates : geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
    for (const ring of rings) {
      const points = ring.map((at) => map.project(at as Position));
      points.forEach((b, i) => {
        const far = Math.hypot(b.x - x, b.y - y);
        if (far <= NEAR && far < (corner?.far ?? Infinity)) corner = { far, at: ring[i] as Position };
        const a = points[i - 1];
        if (!a) return;
        const along = Math.max(0, Math.min(1, ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / ((b.x - a.x) ** 2 + (b.y - a.y) ** 2 || 1)));
        const [px, py] = [a.x + along * (b.x - a.x), a.y + along * (b.y - a.y)];
        const away = Math.hypot(px - x, py - y);
        if (away <= NEAR && away < (line?.far ?? Infinity)) line = { far: away, at: map.unproject([px, py]).toArray() };
      });
    }
  }
  const best = (corner ?? line) as { at: Position } | null;
  return best && [round(best.at[0]), round(best.at[1])];
}
