// "Am I inside?": where this phone is against a message's area, reckoned on the phone; its place goes nowhere.
import { signal } from "@preact/signals";
import { METRES_A_DEGREE } from "../map/ground";

type Ring = [number, number][];
export type Outline = { type: "Polygon"; coordinates: Ring[] } | { type: "MultiPolygon"; coordinates: Ring[][] };
export interface Whereabouts {
  inside: boolean;
  /** How far the border is, in metres. */
  border: number;
  /** How far off the fix and the border may be together, in metres. */
  accuracy: number;
}

const HOLDS_MS = 120_000; // then whoever walks is somewhere else, and asks again
/** What each message's reader asked last; "waits" while the phone looks for itself, "unknown" when it could not. */
export const whereabouts = signal(new Map<string, Whereabouts | "waits" | "unknown">());

/** `within`: how far off the area's border may be, in metres; a long one goes out shortened. */
export function ask(id: string, area: Outline, within: number): void {
  const note = (found: Whereabouts | "waits" | "unknown"): void => void (whereabouts.value = new Map(whereabouts.value).set(id, found));
  if (!navigator.geolocation) return note("unknown");
  note("waits");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      note({ ...against(area, [coords.longitude, coords.latitude]), accuracy: Math.round(coords.accuracy) + within });
      const found = whereabouts.value.get(id);
      setTimeout(() => { if (whereabouts.value.get(id) === found) forget(id); }, HOLDS_MS);
    },
    () => note("unknown"),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 0 },
  );
}

function forget(id: string): void {
  const rest = new Map(whereabouts.value);
  rest.delete(id);
  whereabouts.value = rest;
}

/** Whether a place (longitude, latitude in degrees) lies in an area, and how far its border is; flat around the place, good to 1 % within 50 km. */
export function against(area: Outline, [lon, lat]: [number, number]): { inside: boolean; border: number } {
  const east = METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180);
  const flat = ([x, y]: [number, number]): [number, number] => [(x - lon) * east, (y - lat) * METRES_A_DEGREE];
  let crossings = 0;
  let border = Infinity;
  for (const ring of (area.type === "Polygon" ? [area.coordinates] : area.coordinates).flat()) {
    const corners = ring.map(flat);
    for (let i = 1; i < corners.length; i++) {
      const [a, b] = [corners[i - 1], corners[i]];
      if (!a || !b) continue;
      if (a[1] > 0 !== b[1] > 0 && a[0] + ((0 - a[1]) / (b[1] - a[1])) * (b[0] - a[0]) > 0) crossings++;
      border = Math.min(border, fromOrigin(a, b));
    }
  }
  return { inside: crossings % 2 === 1, border: Math.round(border) };
}

function fromOrigin([ax, ay]: [number, number], [bx, by]: [number, number]): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + along * dx, ay + along * dy);
}
