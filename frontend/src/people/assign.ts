// Who answers for what: picked grids, the officer who might get them, and the load before and after.
import { computed, effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { groups } from "../grids/store";
import { lastEvent } from "../realtime/store";
import { trying } from "../ui/tried";
import { readGiven } from "./handovers";
import type { Assignment, AssignPreview, Officer } from "../wire";

export type Level = "township" | "village" | "group";
export const assigning = signal(false);
export const level = signal<Level>("village");
export const picked = signal<string[]>([]);
export const officer = signal<Officer | null>(null);
export const officers = signal<Officer[]>([]);
export const name = signal("");
export const comparison = signal<AssignPreview | null>(null);
export const trouble = signal("");
const tried = trying(trouble);
export const done = signal("");
/** From when an assignment holds; empty for now. In Shanghai's time, as everything that is shown. */
export const since = signal("");
/** Who answers for the one grid that is picked, now and later. */
export const answering = signal<Assignment[]>([]);
/** The groups of everything picked, for the map. */
export const pickedGroups = computed(() => groups.value.filter((group) => picked.value.some((code) => group.code.startsWith(code))).map((group) => group.code));

const CODE_LENGTH: Record<Level, number> = { township: 9, village: 12, group: 15 };
const version = signal(0);

/** Pick the grid of the chosen level that holds a group, or let it go. */
export function pickGrid(group: string | undefined): void {
  if (!group) return;
  const code = group.slice(0, CODE_LENGTH[level.value]);
  const rest = picked.value.filter((known) => known !== code && !known.startsWith(code) && !code.startsWith(known));
  picked.value = picked.value.includes(code) ? rest : [...rest, code];
  done.value = "";
}

export function pickAll(codes: string[]): void {
  picked.value = codes;
  done.value = "";
}

effect(() => {
  if (!assigning.value) return;
  void version.value;
  const wanted = name.value;
  void tried(async () => {
    const found = await take(api.GET("/api/officers", { params: { query: { name: wanted } } }));
    if (wanted === name.value) officers.value = found.items;
  });
});

effect(() => {
  if (!assigning.value) return;
  void version.value;
  const [grids, who] = [picked.value, officer.value?.id];
  if (grids.length === 0) return void (comparison.value = null);
  void tried(async () => {
    const found = await take(api.POST("/api/assignments/preview", { body: { grids, officer: who ?? null } }));
    if (grids === picked.value && who === officer.value?.id) comparison.value = found;
  });
});

effect(() => {
  if (!assigning.value) return;
  void version.value;
  const [only, another] = picked.value;
  if (!only || another) return void (answering.value = []);
  void tried(async () => {
    const found = await take(api.GET("/api/assignments", { params: { query: { grid: only } } }));
    if (picked.value[0] === only) answering.value = found.items;
  });
});

effect(() => {
  if (!assigning.value) return;
  void version.value;
  void readGiven();
});

effect(() => {
  if (lastEvent.value?.event === "assignment.changed") version.value = lastEvent.value.seq;
});

/** The last press whose fate is not known, with its key: the same press retried assigns once. */
let press: { of: string; headers: ReturnType<typeof key> } | null = null;

async function pressed(of: string, call: (headers: ReturnType<typeof key>) => Promise<unknown>, said: string): Promise<void> {
  if (press?.of !== of) press = { of, headers: key() };
  const { headers } = press;
  if (!(await tried(() => call(headers)))) return;
  press = null;
  done.value = said;
}

export async function assign(duty: "primary" | "deputy", said: string): Promise<void> {
  const who = officer.value;
  if (!who || picked.value.length === 0) return;
  const body = { officer: who.id, grids: picked.value, duty, since: since.value ? `${since.value}:00+08:00` : null };
  await pressed(JSON.stringify(body), (headers) => take(api.POST("/api/assignments", { body, headers })), said);
  if (done.value === said) picked.value = [];
}

export async function end(row: Assignment, said: string): Promise<void> {
  await pressed(`end ${row.id}`, (headers) => take(api.POST("/api/assignments/{id}/end", { params: { path: { id: row.id } }, body: {}, headers })), said);
}

export async function handOver(giver: string, taker: string, at: string | null, said: string): Promise<void> {
  const body = { giver, taker, at };
  await pressed(JSON.stringify(body), (headers) => take(api.POST("/api/handovers", { body, headers })), said);
}

/** Keep the number on which an officer is called up; says whether it is kept. */
export const savePhone = (who: Officer, phone: string): Promise<boolean> => tried(async () => void (await take(api.POST("/api/officers/{id}/phone", { params: { path: { id: who.id } }, body: { phone } }))));
