import { expect, test } from "vitest";
import { readCorners, readGeoJSON } from "./geojson";

const ring = [[111, 27.1], [111.1, 27.1], [111.1, 27.2], [111, 27.1]];
const polygon = { type: "Polygon", coordinates: [ring] };
const named = (name: string) => ({ type: "name", properties: { name } });
const read = (said: unknown) => readGeoJSON(JSON.stringify(said)) as { type: string; crs?: unknown };

test("WGS-84 by any of its names is taken as it is", () => {
  for (const name of ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"]) expect(read({ ...polygon, crs: named(name) })).toEqual(polygon);
  expect(read({ type: "LineString", coordinates: ring, crs: named("urn:ogc:def:crs:OGC:1.3:CRS84") }).crs).toBeUndefined();
});

test("another system goes to the server with the numbers, at whatever level it is named", () => {
  const crs = named("GCJ-02");
  expect(read({ ...polygon, crs }).crs).toEqual(crs);
  expect(read({ type: "Feature", properties: {}, geometry: polygon, crs }).crs).toEqual(crs);
  expect(read({ type: "FeatureCollection", crs, features: [{ type: "Feature", properties: {}, geometry: polygon }] }).crs).toEqual(crs);
  expect(read({ type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { ...polygon, crs } }] }).crs).toEqual(crs);
  expect(read({ type: "LineString", coordinates: ring, crs }).crs).toEqual(crs);
  expect(read({ ...polygon, crs: "EPSG:3857" }).crs).toBe("EPSG:3857");
});

test("corners are read a line each, however they were written down, and a line that is none is named", () => {
  expect(readCorners("111.03, 27.11\n\n东经111.04°，北纬27.12°\r\n 111.05 27.13 ")).toEqual([[111.03, 27.11], [111.04, 27.12], [111.05, 27.13]]);
  expect(readCorners("111.03, 27.11\n111.04")).toBe(2);
  expect(readCorners("111.03, x")).toBe(1);
  expect(readCorners("111, 27, 3")).toBe(1);
  expect(readCorners("")).toEqual([]);
});
