// The grids in force: version, tiles, and the names of everything below the county with its range of group numbers.
import { computed, signal } from "@preact/signals";
import { api, take } from "../api";
import type { Grids, Labels } from "../wire";

export const grids = signal<Grids | null>(null);
export const labels = signal<Labels | null>(null);

export async function loadGrids(): Promise<void> {
  try {
    const current = await take(api.GET("/api/grids/current"));
    labels.value = await take(api.GET("/api/grids/labels/{version}", { params: { path: { version: current.version } } }));
    grids.value = current;
  } catch {
    setTimeout(() => void loadGrids(), 2000);
  }
}

export interface Area {
  code: string;
  level: string;
  no: number;
  name: string;
  lon: number;
  lat: number;
  start: number;
  end: number;
}

export const areas = computed<Area[]>(() => {
  const from = labels.value;
  if (!from) return [];
  return from.no.map((no, i) => ({
    code: from.code[i] ?? "", level: from.level[i] ?? "", no, name: from.name[i] ?? "", lon: from.lon[i] ?? 0, lat: from.lat[i] ?? 0,
    start: from.group_start[i] ?? 0, end: from.group_end[i] ?? 0,
  }));
});
export const townships = computed(() => areas.value.filter((area) => area.level === "township"));
export const groups = computed(() => areas.value.filter((area) => area.level === "group"));
export const villages = computed(() => areas.value.filter((area) => area.level === "village"));

const byGroup = (grids: Area[]): Map<number, Area> => new Map(grids.flatMap((grid) => Array.from({ length: grid.end - grid.start }, (_, i) => [grid.start + i, grid] as const)));
const townshipOf = computed(() => byGroup(townships.value));
const villageOf = computed(() => byGroup(villages.value));

const groupOf = computed(() => byGroup(groups.value));

/** The township, the village and the group of a number, by name; asked of thousands of groups at every move of a corner. */
export function placeOf(no: number): { township: string; village: string; group: string } {
  const nameIn = (grids: Map<number, Area>): string => grids.get(no)?.name ?? "";
  return { township: nameIn(townshipOf.value), village: nameIn(villageOf.value), group: nameIn(groupOf.value) };
}
