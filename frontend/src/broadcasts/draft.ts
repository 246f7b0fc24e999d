// What the planner is composing: the selection, who is in it (asked anew at every change), and the steps to sending.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { api, key, Refusal, take } from "../api";
import type { Ring, Shape } from "../map/draw";
import { withBroadcast } from "../realtime/apply";
import { session, state } from "../realtime/store";
import { CATEGORIES, loadTags, tags, tagsTrouble } from "../tags/store";
import { now } from "../time";
import { why } from "../ui/parts";
import { trying } from "../ui/tried";
import type { Broadcast, Preview } from "../wire";
import { say } from "../words";
import { running } from "./store";

export type Area = Shape | { type: "grids"; codes: string[] } | { type: "MultiPolygon"; coordinates: Ring[][] } | { type: "county"; confirm: string };
export type Words = Pick<Broadcast, "kind" | "level" | "category" | "headline" | "instruction" | "description" | "issuer" | "authority" | "drill" | "by_order" | "languages" | "picture"> & { effective: string | null; hours: number; until: string | null }; // effective: null when it goes out; hours: until it ends, 0 when `until` says or the version before does

const EVERY = 100; // milliseconds between two questions while a corner moves
const STILL = 500;
export const area = signal<Area | null>(null);
/** What is still being drawn: counted as it grows, and sent by nobody. */
export const sketch = signal<Area | null>(null);
/** What is taken out of the area, and whether that is what the tools draw now. */
export const exclude = signal<Area | null>(null);
export const excluding = signal(false);
/** An area that was drawn before or elsewhere, for the map to take up. */
export const toShow = signal<Area | null>(null);
/** Tags that narrow a broadcast: inside a category one is enough, across categories all have to hold; and whom to leave out. */
export const whom = signal<{ only: string[]; without: string[] }>({ only: [], without: [] });
/** Whether it also goes to who is there now by the place that their phone shares. */
export const byPlace = signal(true);
export const preview = signal<Preview | null>(null);
export const counting = signal(false);
export const refused = signal("");
/** Why the area cannot be counted; what was refused of a press stands apart from it, and stays. */
export const areaRefused = signal("");
/** The broadcast of which the next version is being composed; null for a new one. */
export const updating = signal<Broadcast | null>(null);
/** The broadcast that the panel shows; null while composing. */
export const chosen = signal<string | null>(null);
export const chosenBroadcast = computed(() => (chosen.value ? state.value.broadcasts[chosen.value] : undefined));
export const mine = computed(() => session.value?.user.id);

const ASK_AGAIN = 3000; // milliseconds after nobody answered
const FRESH = 60_000;
/** Changes when what stands is to be counted anew: somebody moved, a colleague sent something, or nobody answered. */
const again = signal(0);
const minute = computed(() => Math.floor(now.value / FRESH));
const out = computed(() => running.value.map((row) => row.id).join());
effect(() => {
  void minute.value;
  void out.value;
  // What sensitive tags narrow is counted once: each look is written down.
  if (area.peek() && !chosen.peek() && !isNoted()) again.value = again.peek() + 1;
});

/** Tags that are asked for and not known here yet: until they are, nobody is counted and nothing is handed over. */
const unknownTags = computed(() => [...whom.value.only, ...whom.value.without].filter((code) => !tags.value.some((tag) => tag.code === code)).join());
async function learnTags(): Promise<void> {
  await loadTags();
  if (!unknownTags.value) return;
  if (tagsTrouble.value) setTimeout(() => void learnTags(), ASK_AGAIN);
  areaRefused.value = tagsTrouble.value || say("tagsUnknown");
}
effect(() => {
  if (unknownTags.value) untracked(() => void learnTags());
});

/** Where the server says that the area is wrong, in degrees. */
export const fault = signal<[number, number] | null>(null);
/** Only where the map can go: what is wrong may be the place itself. */
function placeOfFault({ where }: Refusal, wanted: Area): [number, number] | null {
  const { at, ring = 0, vertex } = where as { at?: unknown; ring?: number; vertex?: number };
  const place = at ?? (wanted.type === "Polygon" && vertex !== undefined ? wanted.coordinates[ring]?.[vertex] : null);
  if (!Array.isArray(place)) return null;
  const [lon, lat] = place as unknown[];
  return typeof lon === "number" && typeof lat === "number" && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

let asked = 0;
let answered = 0;
let timer: number | undefined;
let busy = false;
let lastAsked = -EVERY;

/** Ask who is in the area as it changes; of two answers the newer stands, and until the last has come the figure is marked as old. */
effect(() => {
  const wanted = area.value ?? (excluding.peek() ? null : sketch.value);
  void whom.value;
  void tags.value; // a tag that is not known yet narrows nothing
  void again.value;
  void byPlace.value;
  void exclude.value;
  asked++;
  fault.value = null;
  if (!wanted) {
    clearTimeout(timer);
    timer = undefined;
    answered = asked; // what is still being asked is of an area that is no more
    exclude.value = null;
    excluding.value = false;
    preview.value = null;
    counting.value = false;
    areaRefused.value = "";
    return;
  }
  counting.value = true;
  ask();
});

/** Whether tags are asked for of which every look is written down: then only a shape that stands still is counted, and once. */
const isNoted = (): boolean => tags.peek().some((tag) => tag.sensitive && [...whom.peek().only, ...whom.peek().without].includes(tag.code));

/** One question at a time: while the answer is on its way the shape may move on, and is asked about anew when it has come. */
function ask(): void {
  if (unknownTags.peek()) return;
  if (isNoted()) clearTimeout(timer);
  else if (timer !== undefined) return;
  if (busy) return;
  const put = (): void => {
    timer = undefined;
    if (busy) return;
    lastAsked = performance.now();
    const wanted = area.peek() ?? (isNoted() || excluding.peek() ? null : sketch.peek());
    if (!wanted) return;
    busy = true;
    void count(wanted, asked).finally(() => {
      busy = false;
      if (answered < asked) ask();
    });
  };
  const wait = isNoted() ? STILL : lastAsked + EVERY - performance.now();
  if (wait > 0) return void (timer = setTimeout(put, wait) as unknown as number);
  timer = 0;
  queueMicrotask(put); // the first change is asked about at once: a timer would wait until the map is drawn
}

async function count(wanted: Area, question: number): Promise<void> {
  let found: Preview | null = null;
  let refusal = "";
  try {
    found = await take(api.POST("/api/broadcasts/preview", { body: { selection: selection(wanted) } }));
  } catch (error) {
    refusal = why(error);
    if (!(error instanceof Refusal)) setTimeout(() => question === asked && !chosen.peek() && (again.value = again.peek() + 1), ASK_AGAIN);
    else if (area.value) fault.value = placeOfFault(error, wanted);
  }
  if (question <= answered) return;
  answered = question;
  preview.value = found;
  if (question !== asked) return; // it moved on meanwhile
  counting.value = false;
  areaRefused.value = area.value ? refusal : ""; // of what is still being drawn nobody says that it is wrong
}

export function selection(wanted: Area) {
  const { only, without } = whom.value;
  const lists = CATEGORIES.map((category) => tags.value.filter((tag) => tag.category === category && only.includes(tag.code)).map((tag) => tag.code)).filter((codes) => codes.length > 0);
  const narrowed = lists.length + without.length > 0 ? { tags: { any_of: lists, none_of: without } } : {};
  const less = exclude.value ? { exclude: exclude.value as unknown as Record<string, unknown> } : {};
  return { area: wanted as unknown as Record<string, unknown>, basis: byPlace.value ? ("last_place" as const) : ("home" as const), ...less, ...narrowed };
}

/** The last press whose fate is not known: what was to be sent, and its key and body. */
let press: { of: string; headers: ReturnType<typeof key>; expires: string; at: number } | null = null;
const SAME_PRESS = 600_000; // milliseconds; later, its end would be counted from a press that nobody remembers

/** The end that was given and not counted from now: of the document that is relayed, or of the version before. */
export const givenEnd = ({ until }: Pick<Words, "until">): string | null => until ?? updating.value?.expires ?? null;
/** When it ends. */
export const endOf = ({ hours, until }: Pick<Words, "hours" | "until">): string => (hours === 0 ? givenEnd({ until }) : null) ?? new Date(now.value + (hours || 6) * 3_600_000).toISOString();

/** Draft and submit in one press; the same press retried sends the same body and makes no second draft. Says whether it is on its way. */
export async function submit(words: Words): Promise<boolean> {
  const wanted = area.value;
  if (!wanted || unknownTags.value) return false;
  const { hours, until, ...said } = words;
  const follows = updating.value;
  const of = JSON.stringify([words, selection(wanted), follows?.id]);
  if (press?.of !== of || now.value - press.at > SAME_PRESS) press = { of, headers: key(), expires: endOf({ hours, until }), at: now.value };
  const { headers, expires } = press;
  return tried(async () => {
    const draft = follows ? await nextVersion(follows, said, selection(wanted), expires, headers) : await first(said, selection(wanted), expires, headers);
    const there = state.value.broadcasts[draft.id];
    // A press repeated after its answer was lost is answered as then; meanwhile a colleague may have approved it.
    await shown(!there || there.state === "draft" ? draft.id : null, take(api.POST("/api/broadcasts/{id}/submit", { params: { path: { id: draft.id } }, headers })));
    press = null;
    batch(() => {
      updating.value = null;
      area.value = null;
      whom.value = { only: [], without: [] };
      chosen.value = draft.id;
    });
  });
}

/** A drill goes by an address of its own, which makes nothing but drills. */
function first({ drill, ...said }: Omit<Words, "hours" | "until">, wanted: ReturnType<typeof selection>, expires: string, headers: ReturnType<typeof key>): Promise<Broadcast> {
  const body = { ...said, selection: wanted, expires };
  return drill ? take(api.POST("/api/drills", { body, headers })) : take(api.POST("/api/broadcasts", { body: { ...body, drill }, headers }));
}

function nextVersion(row: Broadcast, said: Omit<Words, "hours" | "until">, wanted: ReturnType<typeof selection>, expires: string, headers: ReturnType<typeof key>): Promise<Broadcast> {
  const { kind: _, drill: __, by_order: ___, effective: ____, ...changed } = said;
  return take(api.POST("/api/broadcasts/{id}/update", { params: { path: { id: row.id } }, body: { ...changed, selection: wanted, expires }, headers }));
}

/** Begin the next version of what is out: its area and whom it means stand until they are changed. */
export function beginUpdate(row: Broadcast): void {
  updating.value = row;
  takeUp(row);
}

/** Put the area of a broadcast, and whom it means, on the desk. */
export function takeUp(row: Broadcast): void {
  const { any_of = [], none_of = [] } = (row.selection["tags"] ?? {}) as { any_of?: string[][]; none_of?: string[] };
  chosen.value = null;
  toShow.value = row.selection["area"] as Area;
  exclude.value = (row.selection["exclude"] as Area | undefined) ?? null;
  whom.value = { only: any_of.flat(), without: none_of };
  byPlace.value = row.selection["basis"] === "last_place";
}

/** Show what an answer says at once, unless the socket told something newer meanwhile: while it is cut, HTTP alone knows that it counts down. */
export async function shown(id: string | null, call: Promise<Broadcast>): Promise<Broadcast> {
  const before = id ? state.value.broadcasts[id] : undefined;
  const row = await call;
  if (state.value.broadcasts[row.id] === before) state.value = withBroadcast(state.value, row);
  return row;
}

const path = (broadcast: Broadcast) => ({ params: { path: { id: broadcast.id } }, headers: key() });

export const review = (row: Broadcast, right: boolean, remark: string): Promise<boolean> =>
  tried(() => shown(row.id, take(api.POST("/api/broadcasts/{id}/review", { ...path(row), body: { right, remark } }))));
/** Pressed twice it is done no less: what it was to become it is already. */
export const unlessIt = (...is: string[]) => (error: unknown): void => {
  if (!(error instanceof Refusal && error.code.endsWith(".state") && is.includes(String((error.where as { state?: unknown }).state)))) throw error;
};
export const OUT = ["countdown", "sending", "in_force"];
export const send = (row: Broadcast): Promise<boolean> => tried(() => shown(row.id, take(api.POST("/api/broadcasts/{id}/send", path(row)))).catch(unlessIt(...OUT)));
export const stop = (row: Broadcast): Promise<boolean> => tried(() => shown(row.id, take(api.POST("/api/broadcasts/{id}/stop", path(row)))).catch(unlessIt("approved", "cancelled")));
export const discard = (row: Broadcast): Promise<boolean> => tried(() => shown(row.id, take(api.POST("/api/broadcasts/{id}/discard", path(row)))));
export const cancel = (row: Broadcast, reason: string): Promise<boolean> =>
  tried(async () => {
    const { cancel: written } = await take(api.POST("/api/broadcasts/{id}/cancel", { ...path(row), body: { reason } }));
    chosen.value = written.id;
    if (!state.value.broadcasts[written.id]) await shown(written.id, take(api.GET("/api/broadcasts/{id}", { params: { path: { id: written.id } } })));
  });

/** Make a call of the desk; its refusal stands above the button that was pressed. Says whether it went well. */
export const tried = trying(refused);
