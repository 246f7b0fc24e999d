// GeoJSON from elsewhere: a geometry, a feature or a collection, taken as it is; the server checks every vertex of it.
import type { Ring } from "../map/draw";
import type { Key } from "../words";
import type { Area } from "./draft";

const MOST_SIGNS = 2_000_000;
export const ROAD_WIDTH_M = 200;

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
  // Where the numbers are not WGS-84 the server has to hear of it: a datum left out moves a village by 500 m.
  const crs = foreign([said, ...(Array.isArray((said as { features?: unknown[] } | null)?.features) ? (said as { features: unknown[] }).features : []), ...geometries]);
  if (!first) return "geojsonNone";
  if (geometries.length > 1) {
    const parts = geometries.flatMap(({ type, coordinates }) => (type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? (coordinates as unknown[]) : []));
    return parts.length === 0 ? "geojsonNone" : { type: "MultiPolygon", coordinates: parts as Ring[][], ...crs };
  }
  if (first.type === "LineString") return { type: "corridor", line: first.coordinates as Ring, width_m: ROAD_WIDTH_M, ...crs };
  if (first.type === "Polygon") return { type: "Polygon", coordinates: first.coordinates as Ring[], ...crs };
  return { type: "MultiPolygon", coordinates: first.coordinates as Ring[][], ...crs };
}

const WGS_84 = /(CRS84|EPSG:{1,2}4326)$/;
/** The first coordinate reference system that is named and is not WGS-84, at whatever level it stands. */
function foreign(levels: unknown[]): { crs?: unknown } {
  for (const level of levels) {
    const crs = (level as { crs?: unknown } | null)?.crs;
    if (crs === undefined || crs === null) continue;
    if (!WGS_84.test(String((crs as { properties?: { name?: unknown } }).properties?.name ?? ""))) return { crs };
  }
  return {};
}

/** Give the corners of a text, a line each as longitude and latitude, or the number of the first line that is none. */
export function readCorners(text: string): Ring | number {
  const corners: Ring = [];
  for (const [i, line] of text.normalize("NFKC").split("\n").entries()) { // figures as a Chinese keyboard writes them, too
    const said = line.replace(/[^\d.-]+/g, " ").trim();
    if (!line.trim()) continue;
    const numbers = said.split(" ").map(Number);
    const [lon = NaN, lat = NaN] = numbers;
    if (numbers.length !== 2 || !Number.isFinite(lon) || !Number.isFinite(lat)) return i + 1;
    corners.push([lon, lat]);
  }
  return corners;
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
  return (type === "Polygon" || type === "MultiPolygon" || type === "LineString") && Array.isArray(coordinates) ? [said as unknown as Geometry] : [];
}
