// The grids on the map: tiles hold only borders and names; every live value comes as feature-state, so that a change
// of coverage or a receipt renders no tile.
import type { ExpressionFilterSpecification, ExpressionSpecification } from "maplibre-gl";
import { colour } from "../map/colours";
import { hatch } from "../map/hatch";
import { BELOW_LABELS, FONT, type MapLibre } from "../map/map";
import type { Rows } from "../realtime/state";
import type { Grids, Labels } from "../wire";
import type { Shown } from "./level";
import type { Area } from "./store";

const SOURCE = "grids";
const GROUPS_FROM = 10.6; // below it a group is smaller than 40 pixels and the villages carry the colour
const LEVELS = ["township", "village", "group"] as const;
export interface GridLayerOptions {
  labelSize: number;
}

export function addGrids(map: MapLibre, grids: Grids, labels: Labels, options: GridLayerOptions): void {
  map.addImage("nobody", hatch(colour("--nobody-map"), "#2a0a1d"), { pixelRatio: 2 });
  map.addSource(SOURCE, { type: "vector", tiles: [location.origin + grids.tiles], minzoom: 8, maxzoom: 14, bounds: [grids.bbox[0] ?? 0, grids.bbox[1] ?? 0, grids.bbox[2] ?? 0, grids.bbox[3] ?? 0] });
  for (const level of LEVELS) {
    map.addLayer({ id: `grids-${level}-fill`, type: "fill", source: SOURCE, "source-layer": level, paint: { "fill-color": shade(), "fill-opacity": 0 } });
  }
  map.addLayer({ id: "grids-nobody", type: "fill", source: SOURCE, "source-layer": "group", filter: ["==", ["get", "no"], -1], paint: { "fill-pattern": "nobody" } });
  map.addLayer({ id: "grids-group-border", type: "line", source: SOURCE, "source-layer": "group", minzoom: 10, paint: { "line-color": colour("--border-group"), "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.3, 14, 1.2] } });
  map.addLayer({ id: "grids-nobody-border", type: "line", source: SOURCE, "source-layer": "group", filter: ["==", ["get", "no"], -1], paint: { "line-color": colour("--nobody-map"), "line-width": 1.5 } });
  map.addLayer({ id: "grids-village-border", type: "line", source: SOURCE, "source-layer": "village", paint: { "line-color": colour("--border-village"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 14, 2] } });
  map.addLayer({ id: "grids-township-border", type: "line", source: SOURCE, "source-layer": "township", paint: { "line-color": colour("--border-township"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1.2, 14, 3.5] } });
  map.addLayer({ id: "grids-county-border", type: "line", source: SOURCE, "source-layer": "county", paint: { "line-color": colour("--border-township"), "line-width": 2.5 } });
  addLabels(map, labels, options);
}

function addLabels(map: MapLibre, labels: Labels, options: GridLayerOptions): void {
  const features = labels.no.map((_, i) => ({
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: [labels.lon[i] ?? 0, labels.lat[i] ?? 0] },
    properties: { name: labels.name[i] ?? "", level: labels.level[i] ?? "" },
  }));
  map.addSource("labels", { type: "geojson", data: { type: "FeatureCollection", features } });
  const paint = { "text-color": colour("--map-ink"), "text-halo-color": colour("--halo"), "text-halo-width": 2 };
  map.addLayer({ id: "grids-labels-group", type: "symbol", source: "labels", minzoom: 13, filter: ["==", ["get", "level"], "group"], layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": options.labelSize * 0.8 }, paint });
  map.addLayer({ id: "grids-labels-village", type: "symbol", source: "labels", minzoom: 11, filter: ["==", ["get", "level"], "village"], layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": options.labelSize * 0.9, "text-padding": 4 }, paint });
  map.addLayer({ id: "grids-labels-township", type: "symbol", source: "labels", maxzoom: 12.5, filter: ["==", ["get", "level"], "township"], layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": options.labelSize, "text-padding": 2, "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 0.5 }, paint });
}

/** Missing people come first where a broadcast runs, then a tag that somebody looks at; else coverage in five classes; no data is not 0 %. */
function shade(): ExpressionSpecification {
  const coverage: ExpressionSpecification = ["step", ["number", ["feature-state", "v"], 0], colour("--coverage-1"), 20, colour("--coverage-2"), 40, colour("--coverage-3"), 60, colour("--coverage-4"), 80, colour("--coverage-5")];
  const missing: ExpressionSpecification = ["step", ["number", ["feature-state", "m"], 0], colour("--missing-0"), 1, colour("--missing-1"), 25, colour("--missing-2"), 50, colour("--missing-3"), 75, colour("--missing-4")];
  const tagged: ExpressionSpecification = ["step", ["number", ["feature-state", "t"], -1], colour("--coverage-none"), 0, colour("--coverage-1"), 20, colour("--coverage-2"), 40, colour("--coverage-3"), 60, colour("--coverage-4"), 80, colour("--coverage-5")];
  return ["case", ["!=", ["feature-state", "m"], null], missing, ["!=", ["feature-state", "t"], null], tagged, ["==", ["feature-state", "v"], null], colour("--coverage-none"), coverage];
}

/** Who is missing is always in full colour. */
function strength(coverage = 1): ExpressionSpecification {
  return ["case", ["!=", ["feature-state", "m"], null], 1, coverage];
}

/** Colour groups, villages and townships by coverage: connected of registered, in percent. */
export function showCoverage(map: MapLibre, rows: Rows, larger: Area[]): void {
  for (const [no, row] of Object.entries(rows)) setShare(map, "group", Number(no), row[3] ?? 0, row[0] ?? 0);
  for (const area of larger) {
    let registered = 0;
    let connected = 0;
    for (let no = area.start; no < area.end; no++) {
      registered += rows[no]?.[0] ?? 0;
      connected += rows[no]?.[3] ?? 0;
    }
    setShare(map, area.level, area.no, connected, registered);
  }
}

function setShare(map: MapLibre, sourceLayer: string, id: number, some: number, all: number): void {
  if (all > 0) map.setFeatureState({ source: SOURCE, sourceLayer, id }, { v: (100 * some) / all });
}

/** Show by the grids of one level who is missing in a broadcast, in percent; grids outside it lose the shade. */
export function showMissing(map: MapLibre, sourceLayer: (typeof LEVELS)[number], missing: Map<number, number>, before: Iterable<number>): void {
  for (const id of before) if (!missing.has(id)) map.removeFeatureState({ source: SOURCE, sourceLayer, id }, "m");
  for (const [id, share] of missing) map.setFeatureState({ source: SOURCE, sourceLayer, id }, { m: share });
}

/** Show the groups in which somebody gets what is being composed: whose house is not known is inside wherever the area touches the group. */
export function showInside(map: MapLibre, groups: Set<number>, before: Set<number>): void {
  if (!map.getLayer("grids-inside")) {
    const opacity: ExpressionSpecification = ["case", ["boolean", ["feature-state", "inside"], false], 0.2, 0];
    map.addLayer({ id: "grids-inside", type: "fill", source: SOURCE, "source-layer": "group", paint: { "fill-color": colour("--danger-orange"), "fill-opacity": opacity } }, "grids-group-border");
  }
  for (const id of before) if (!groups.has(id)) map.removeFeatureState({ source: SOURCE, sourceLayer: "group", id }, "inside");
  for (const id of groups) if (!before.has(id)) map.setFeatureState({ source: SOURCE, sourceLayer: "group", id }, { inside: true });
}

/** Colour a level's grids by coverage among those with a tag, in percent, where anybody has it. */
export function showTagged(map: MapLibre, shares: Map<number, number>, areas: Area[]): void {
  for (const { no, level } of areas) map.setFeatureState({ source: SOURCE, sourceLayer: level, id: no }, { t: shares.get(no) ?? -1 });
}

/** Give a level's grids everybody's coverage back. */
export function clearTagged(map: MapLibre, areas: Area[]): void {
  for (const { no, level } of areas) map.removeFeatureState({ source: SOURCE, sourceLayer: level, id: no }, "t");
}

/** Draw a heavy line around one township, or around none. */
export function showAround(map: MapLibre, no: number | null): void {
  if (!map.getLayer("grids-around")) map.addLayer({ id: "grids-around", type: "line", source: SOURCE, "source-layer": "township", filter: ["==", ["get", "no"], -1], paint: { "line-color": colour("--map-ink"), "line-width": 6 } }, BELOW_LABELS);
  map.setFilter("grids-around", ["==", ["get", "no"], no ?? -1]);
}

/** Hatch the groups that nobody answers for. */
export function showNobody(map: MapLibre, groups: number[]): void {
  for (const layer of ["grids-nobody", "grids-nobody-border"]) map.setFilter(layer, ["in", ["get", "no"], ["literal", groups]]);
}

/**
 * Carry the colour by one level, or from afar by the villages and from near by the groups; it steps back while an area is being
 * drawn or an evacuation runs. What is not shown stays there unseen: a tap still finds the group.
 */
export function showLevel(map: MapLibre, shown: Shown, back: boolean): void {
  for (const level of LEVELS) {
    const layer = `grids-${level}-fill`;
    const near = shown === "near";
    map.setLayerZoomRange(layer, near && level === "group" ? GROUPS_FROM : 0, near && level === "village" ? GROUPS_FROM : 24);
    map.setPaintProperty(layer, "fill-opacity", level === shown || (near && level !== "township") ? strength(back ? 0.3 : 1) : 0);
  }
}

/** The group under a point of the screen. */
export function groupAt(map: MapLibre, x: number, y: number): { code: string; no: number } | null {
  const found = map.queryRenderedFeatures([x, y], { layers: ["grids-group-fill"] })[0];
  return found ? { code: String(found.properties["code"]), no: Number(found.properties["no"]) } : null;
}

/** The groups that a box on the screen touches. */
export function groupsIn(map: MapLibre, box: [[number, number], [number, number]]): string[] {
  return [...new Set(map.queryRenderedFeatures(box, { layers: ["grids-group-fill"] }).map((found) => String(found.properties["code"])))].sort();
}

/** Mark the groups of these grids of any level, and those that are taken out of them. */
export function showPicked(map: MapLibre, codes: string[], without: string[] = []): void {
  if (!map.getLayer("grids-picked")) {
    map.addLayer({ id: "grids-picked", type: "line", source: SOURCE, "source-layer": "group", filter: ["==", ["get", "code"], ""], paint: { "line-color": colour("--danger-orange"), "line-width": 3 } });
    map.addLayer({ id: "grids-picked-fill", type: "fill", source: SOURCE, "source-layer": "group", filter: ["==", ["get", "code"], ""], paint: { "fill-color": colour("--danger-orange"), "fill-opacity": 0.25 } });
  }
  for (const layer of ["grids-picked", "grids-picked-fill"]) map.setFilter(layer, ["all", below(codes), ["!", below(without)]]);
}

const DIGITS = [6, 9, 12, 15]; // digits of a code, county to group
const below = (codes: string[]): ["any", ...ExpressionFilterSpecification[]] => ["any", ...DIGITS.map((digits): ExpressionFilterSpecification => ["in", ["slice", ["get", "code"], 0, digits], ["literal", codes]])];
