// The drawing tool: polygon, circle and line on terra-draw; what it gives is a recipe (a circle stays centre and radius, a corridor its line and width).
import { type GeoJSONStoreFeatures, TerraDraw, TerraDrawCircleMode, TerraDrawFreehandMode, TerraDrawLineStringMode, TerraDrawModeUndoRedo, TerraDrawPolygonMode, TerraDrawSelectMode, TerraDrawSessionUndoRedo, TerraDrawUndoRedoKeyboardShortcuts, ValidateNotSelfIntersecting } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { colour } from "./colours";
import { corridorBand } from "./corridor-layer";
import { distance, EARTH_M, radians, round } from "./ground";
import type { MapLibre } from "./map";
import { snapping } from "./snap";

export type Ring = [number, number][];
export type Shape = { type: "Polygon"; coordinates: Ring[] } | { type: "circle"; center: [number, number]; radius_m: number } | Corridor;
export interface Corridor {
  type: "corridor";
  line: Ring;
  width_m: number;
}
export type Tool = "polygon" | "freehand" | "circle" | "corridor";

const CORNERS = 32; // of a circle as it is shown, each with a handle
const FIRST_WIDTH = 200; // metres: a road with the houses on both its sides
/** Thumbs want handles of their own size. */
export const COARSE = matchMedia("(pointer: coarse)").matches;

export interface Drawing {
  start(tool: Tool): void;
  /** Put a shape on the map that was drawn elsewhere or before, ready to be changed. */
  show(shape: Shape): void;
  stop(): void;
  /** Give the drawn circle another radius, or the corridor another width, in metres. */
  resize(metres: number): void;
  /** Take the last corner or change back, or make it again; says whether there was one. */
  undo(): boolean;
  redo(): boolean;
}

/**
 * Set up drawing; `drawn` hears of every finished or changed shape, also while a corner is on the move, null when there is none;
 * `sketched` of what is still being drawn, and `crossed` where a border crosses itself.
 */
export function makeDrawing(map: MapLibre, drawn: (shape: Shape | null) => void, sketched: (shape: Shape | null) => void, crossed: (at: [number, number] | null) => void): Drawing {
  const line = colour("--danger-orange") as `#${string}`;
  const { stick: toCustom, release } = snapping(map);
  const editable = { draggable: true, coordinates: { midpoints: true, draggable: true, deletable: true, snappable: { toCustom } } };
  const styles = { fillColor: line, fillOpacity: 0.12, outlineColor: line, outlineWidth: 3 };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 7 }),
    modes: [
      new TerraDrawPolygonMode({ styles, snapping: { toCustom }, validation: (feature, { updateType }) => {
        const sound = ValidateNotSelfIntersecting(feature);
        const corners = feature.geometry.type === "Polygon" ? (feature.geometry.coordinates[0] ?? []) : [];
        crossed(sound.valid ? null : ((corners[corners.length - 2] ?? null) as [number, number] | null)); // the last corner is the first again
        return updateType === "finish" ? sound : { valid: true };
      } }),
      new TerraDrawCircleMode({ styles, segments: CORNERS }),
      new TerraDrawFreehandMode({ styles, minDistance: 14 }), // pixels between two corners: a border of hundreds is no better
      new TerraDrawLineStringMode({ snapping: { toCustom }, styles: { lineStringColor: line, lineStringWidth: 3 } }),
      new TerraDrawSelectMode({ flags: { polygon: { feature: editable }, freehand: { feature: editable }, linestring: { feature: editable }, circle: { feature: { draggable: true, coordinates: { resizable: "center-fixed" } } } }, styles: { selectedPolygonColor: line, selectedPolygonFillOpacity: 0.12, selectedPolygonOutlineColor: line, selectedPolygonOutlineWidth: 3, selectedLineStringColor: line, selectedLineStringWidth: 3, selectionPointColor: "#ffffff", selectionPointOutlineColor: line, selectionPointOutlineWidth: 3, selectionPointWidth: COARSE ? 14 : 7 } }),
    ],
    undoRedo: { modeLevel: new TerraDrawModeUndoRedo(), sessionLevel: new TerraDrawSessionUndoRedo(), keyboardShortcuts: new TerraDrawUndoRedoKeyboardShortcuts() },
  });
  draw.start();
  const band = corridorBand(map);
  let width = FIRST_WIDTH;
  let last = "null";
  const tell = (): void => {
    const shape = read(draw, width, false);
    last = JSON.stringify(shape);
    band(shape?.type === "corridor" ? shape : null);
    drawn(shape);
  };
  let frame = 0;
  /** Once a picture, whatever the pointer does in between. */
  draw.on("change", () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (JSON.stringify(read(draw, width, false)) !== last) tell();
      sketched(read(draw, width, true));
    });
  });
  draw.on("finish", (id, context) => {
    release();
    if (context.action === "draw") {
      draw.setMode("select");
      draw.selectFeature(id);
    }
    tell();
  });
  draw.on("history", tell);
  const clear = (): void => {
    draw.clear();
    draw.clearUndoRedoHistory();
    release();
    band(null);
    last = "null";
    crossed(null);
    drawn(null);
    sketched(null);
  };
  return {
    start(tool) {
      clear();
      width = FIRST_WIDTH;
      draw.setMode(tool === "corridor" ? "linestring" : tool);
    },
    stop() {
      clear();
      draw.setMode("static");
    },
    show(shape) {
      clear();
      if (shape.type === "corridor") width = shape.width_m;
      const rows = draw.addFeatures([featureOf(shape)]);
      draw.clearUndoRedoHistory(); // that it was put here is no step that could be taken back
      draw.setMode("select");
      const id = rows[0]?.valid ? rows[0].id : undefined;
      if (id !== undefined) draw.selectFeature(id);
      tell();
    },
    resize(metres) {
      const shape = read(draw, width, false);
      if (!(metres > 0)) return;
      const circle = draw.getSnapshot().find((row) => row.properties["mode"] === "circle");
      if (circle?.id === undefined || shape?.type !== "circle") return;
      draw.updateFeatureGeometry(circle.id, { type: "Polygon", coordinates: [ringOf(shape.center, metres)] });
      draw.deselectFeature(circle.id);
      draw.selectFeature(circle.id);
      tell();
    },
    undo: () => draw.undo(),
    redo: () => draw.redo(),
  };
}

function featureOf(shape: Shape): GeoJSONStoreFeatures {
  if (shape.type === "corridor") return { type: "Feature", geometry: { type: "LineString", coordinates: shape.line.map(fine) }, properties: { mode: "linestring" } };
  const coordinates = shape.type === "circle" ? [ringOf(shape.center, shape.radius_m)] : shape.coordinates.map((ring) => ring.map(fine));
  return { type: "Feature", geometry: { type: "Polygon", coordinates }, properties: { mode: shape.type === "circle" ? "circle" : "polygon" } };
}

const FEWEST = 3; // corners: before the third nothing is inside
const corners = (ring: GeoJSON.Position[] | undefined): number => new Set((ring ?? []).map(String)).size;
/** What is drawn, or what is still being drawn. */
function read(draw: TerraDraw, width: number, unfinished: boolean): Shape | null {
  const rows = draw.getSnapshot().filter((row) => Boolean(row.properties["currentlyDrawing"]) === unfinished);
  const road = rows.find((row) => row.geometry.type === "LineString" && row.properties["mode"] === "linestring" && corners(row.geometry.coordinates) > 1);
  if (road?.geometry.type === "LineString") return { type: "corridor", line: road.geometry.coordinates as Ring, width_m: width };
  const feature = rows.find((row) => row.geometry.type === "Polygon" && corners(row.geometry.coordinates[0]) >= FEWEST);
  if (!feature || feature.geometry.type !== "Polygon") return null;
  const rings = feature.geometry.coordinates as Ring[];
  return feature.properties["mode"] === "circle" && rings[0] ? circleOf(rings[0]) : { type: "Polygon", coordinates: rings };
}

/** Centre and radius from the ring itself: terra-draw's own figures go stale when the circle is resized. */
export function circleOf(ring: Ring): Shape {
  const lons = ring.map(([lon]) => lon);
  const lats = ring.map(([, lat]) => lat);
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  const center: [number, number] = [middle(lons), middle(lats)];
  const mean = ring.reduce((sum, corner) => sum + distance(center, corner), 0) / ring.length;
  return { type: "circle", center: [round(center[0]), round(center[1])], radius_m: Math.round(mean) };
}

/** The ring that shows a circle; the server builds its own from centre and radius. */
export function ringOf([lon, lat]: [number, number], radius: number): Ring {
  const north = (radius / EARTH_M) * (180 / Math.PI);
  const east = north / Math.cos(radians(lat));
  const corner = (i: number): [number, number] => [round(lon + east * Math.cos((2 * Math.PI * i) / CORNERS)), round(lat + north * Math.sin((2 * Math.PI * i) / CORNERS))];
  return Array.from({ length: CORNERS + 1 }, (_, i) => corner(i % CORNERS));
}

const fine = ([lon, lat]: [number, number]): [number, number] => [round(lon), round(lat)];

/** Border in km and area in km² of a shape, for the eye; the server counts the people. */
export function measure(shape: Shape): { length: number; area: number } {
  if (shape.type === "circle") {
    const km = shape.radius_m / 1000;
    return { length: 2 * Math.PI * km, area: Math.PI * km * km };
  }
  if (shape.type === "corridor") {
    const km = shape.line.slice(1).reduce((sum, corner, i) => sum + distance(shape.line[i] ?? corner, corner) / 1000, 0);
    return { length: km, area: km * (shape.width_m / 1000) + Math.PI * (shape.width_m / 2000) ** 2 };
  }
  const [outer, ...holes] = shape.coordinates.map(ofRing);
  if (!outer) return { length: 0, area: 0 };
  return { length: outer.length, area: outer.area - holes.reduce((sum, hole) => sum + hole.area, 0) };
}

function ofRing(ring: Ring): { length: number; area: number } {
  let length = 0;
  let twice = 0;
  const flat = Math.cos(radians(ring[0]?.[1] ?? 0));
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1], ring[i]];
    if (!a || !b) continue;
    length += distance(a, b) / 1000;
    twice += (radians(a[0]) * radians(b[1]) - radians(b[0]) * radians(a[1])) * flat;
  }
  return { length, area: (Math.abs(twice) / 2) * (EARTH_M / 1000) ** 2 };
}
