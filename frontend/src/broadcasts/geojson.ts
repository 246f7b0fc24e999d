// GeoJSON from elsewhere: a geometry, a feature or a collection, taken as it is; the server checks every vertex of it.
import type { Ring } from "../map/draw";
import type { Key } from "../words";
import type { Area } from "./draft";

const MOST_SIGNS = 2_000_000;
const ROAD_WIDTH_M = 200;

/** Give the area that a text holds, or the word for what is wrong with it. */
export function readGeoJSON(text: string): Area | Key {
  if (text.length > MOST_SIGNS) return "geojsonLarge";
  let said: unknown;
  try {
    said = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return "geojsonBroken";
  }
  const geometries = geometriesOf(said);
  const [first] = geometries;
  if (!first) return "geojsonNone";
  if (geometries.length > 1) {
    const parts = geometries.flatMap(({ type, coordinates }) => (type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? (coordinates as unknown[]) : []));
    return parts.length === 0 ? "geojsonNone" : { type: "MultiPolygon", coordinates: parts as Ring[][] };
  }
  if (first.type === "LineString") return { type: "corridor", line: first.coordinates as Ring, width_m: ROAD_WIDTH_M };
  if (first.type === "Polygon") return { type: "Polygon", coordinates: first.coordinates as Ring[] };
  return { type: "MultiPolygon", coordinates: first.coordinates as Ring[][] };
}

interface Geometry {
  type: string;
  coordinates: unknown;
}

function geometriesOf(said: unknown): Geometry[] {
  if (typeof said !== "object" || said === null) return [];
  const { type, geometry, features, coordinates } = said as Record<string, unknown>;
  if (type === "FeatureCollection" && Array.isArray(features)) return features.flatMap(geometriesOf);
  if (type === "Feature") return geometriesOf(geometry);
  return (type === "Polygon" || type === "MultiPolygon" || type === "LineString") && Array.isArray(coordinates) ? [{ type, coordinates }] : [];
}
