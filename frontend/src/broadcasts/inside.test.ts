import { expect, test } from "vitest";
import { against, type Outline } from "./inside";

const square = (west: number, south: number, side: number): [number, number][] => [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]];
const ring: Outline = { type: "Polygon", coordinates: [square(111, 27, 0.01), square(111.004, 27.004, 0.002)] };

test("it is inside the area, outside it, and outside in its hole", () => {
  expect(against(ring, [111.002, 27.002]).inside).toBe(true);
  expect(against(ring, [111.02, 27.002]).inside).toBe(false);
  expect(against(ring, [111.005, 27.005]).inside).toBe(false);
  const both: Outline = { type: "MultiPolygon", coordinates: [ring.coordinates, [square(112, 28, 0.01)]] };
  expect(against(both, [112.005, 28.005]).inside).toBe(true);
});

test("the border is as far as it is on the ground", () => {
  const { inside, border } = against(ring, [111.005, 26.999]);
  expect(inside).toBe(false);
  expect(Math.abs(border - 111)).toBeLessThan(2); // a thousandth of a degree of latitude
  expect(Math.abs(against(ring, [111.011, 27.005]).border - 99)).toBeLessThan(2); // of longitude, at 27 degrees north
});
