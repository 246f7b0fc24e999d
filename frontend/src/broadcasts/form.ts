// The words that are being composed: what a kind brings along, and nothing of the message before.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { Broadcast } from "../wire";
import { now } from "../time";
import { type Area, area, byPlace, chosen, discard, exclude, mine, refused, takeUp, toShow, updating, whom, type Words } from "./draft";
import { GRAVE } from "./level";
import { versionBefore } from "./store";
import { choose, filled, template } from "./templates";

export const KINDS = ["danger_notice", "road_hazard", "relayed_warning", "lost_person", "found_property", "notice", "campaign"] as const;
export const CATEGORIES = ["Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"] as const;
export const LEVELS = ["red", "orange", "yellow", "blue", "none"] as const;
export const HOURS = [1, 3, 6, 12, 24, 72];
const HOUR = 3_600_000;
const STARTS = [0, 1, 2, 3, 4, 5, 7, 11, 23, 47, 71];
/** Full hours from which a message may hold, beside "at once"; what was chosen an hour ago stays among them. */
export function startsFrom(chosen: string | null): string[] {
  const next = Math.ceil(now.value / HOUR) * HOUR;
  const starts = STARTS.map((hours) => new Date(next + hours * HOUR).toISOString());
  return chosen && !starts.includes(chosen) ? [chosen, ...starts] : starts;
}
const CATEGORY: Record<Words["kind"], Words["category"]> = { danger_notice: "Geo", road_hazard: "Transport", relayed_warning: "Met", lost_person: "Rescue", found_property: "Other", notice: "Other", campaign: "Safety" };
/** What waits for an officer's word, unless its level says that it cannot wait; as is_routine in gridmap/broadcasts/quiet.py. */
const ROUTINE: Words["kind"][] = ["found_property", "notice", "campaign"];
export const mayWait = (form: Words): boolean => ROUTINE.includes(form.kind) && form.level !== "red" && form.level !== "orange";
const HEADQUARTERS = "隆回县防汛抗旱指挥部";
const POLICE = "隆回县公安局";
/** What a kind brings along; who looks for a child wants phones to ring, a routine notice in a danger colour would be one more false alarm. */
export const defaults = (kind: Words["kind"]): Partial<Words> => ({ kind, category: CATEGORY[kind], level: GRAVE.includes(kind) ? "orange" : kind === "lost_person" ? "yellow" : "none", issuer: GRAVE.includes(kind) ? HEADQUARTERS : POLICE, by_order: ROUTINE.includes(kind) });
const fresh = (): Words => ({ kind: "danger_notice", level: "orange", category: "Geo", headline: "", instruction: "", description: "", issuer: HEADQUARTERS, authority: "", drill: false, by_order: false, effective: null, hours: 6, until: null, languages: [], picture: null });
export const words = signal<Words>(fresh());

export function set(change: Partial<Words>): void {
  const before = words.peek();
  const kind = change.kind ?? before.kind;
  batch(() => {
    if (kind === "danger_notice" && before.kind !== kind) whom.value = { only: [], without: [] }; // an evacuation leaves nobody out
    if (kind !== before.kind) byPlace.value = GRAVE.includes(kind); // who drives through is in danger too, and no recipient of a routine notice
    const next = { ...before, ...change };
    words.value = { ...next, by_order: next.by_order && mayWait(next), authority: kind === "relayed_warning" ? next.authority : "" };
  });
}

/** A new message begins empty: what the last one was, drill or not, by whose hands, to whom, says nothing of this one. */
export function renew(): void {
  batch(() => {
    words.value = fresh();
    whom.value = { only: [], without: [] };
    byPlace.value = true;
    choose("");
  });
}

/** A message as it stands on the desk, with its area. */
export interface DeskDraft {
  words: Words;
  area: Area | null;
  exclude: Area | null;
  whom: { only: string[]; without: string[] };
  byPlace: boolean;
}
export const deskDraft = (): DeskDraft => ({ words: words.value, area: area.value, exclude: exclude.value, whom: whom.value, byPlace: byPlace.value });
export const isBegun = (draft: DeskDraft): boolean => draft.area !== null || JSON.stringify(draft.words) !== JSON.stringify({ ...fresh(), ...defaults(draft.words.kind) });
export function takeBack(draft: DeskDraft): void {
  batch(() => {
    choose("");
    words.value = draft.words;
    if (!chosen.peek()) toShow.value = draft.area; // else it waits beside the message that is looked at
    area.value = draft.area;
    exclude.value = draft.exclude; // after the area: without one nothing can be taken out of it
    whom.value = draft.whom;
    byPlace.value = draft.byPlace;
  });
}

/** What was being written when something else was taken up; it stands again once that is on its way, or laid aside. */
let parked: DeskDraft | null = null;
const park = (): void => void (parked ??= isBegun(deskDraft()) ? deskDraft() : null);
/** Make room for a warning that came from elsewhere: what was begun of one's own stands again after it. */
export function makeRoom(): void {
  if (updating.value || words.value.kind === "relayed_warning" || !isBegun({ ...deskDraft(), area: null })) return;
  park();
  renew();
  area.value = null;
}
/** What comes after a message that is on its way: what was begun before it, or an empty form. */
export function next(): void {
  const before = parked;
  parked = null;
  if (before) takeBack(before);
  else renew();
}

/** The next version begins with what the last one says, and ends when it does. */
function follow(row: Broadcast, hours = 0): void {
  const { kind, level, category, headline, instruction, description, issuer, authority, drill, by_order, languages, picture } = row;
  words.value = { kind, level, category, headline, instruction, description, issuer, authority, drill, by_order, languages, picture, effective: Date.parse(row.effective) > now.value ? row.effective : null, hours, until: null };
}

/** Take what waits for its approval back to the desk, to be changed and handed in anew; one's own is discarded, since only one may go out. */
export async function rewrite(row: Broadcast): Promise<void> {
  const before = versionBefore(row);
  if (row.author.id === mine.value && !(await discard(row))) return;
  if (updating.value) area.value = null; // that of the message whose update was begun
  updating.value = row.message_type === "Update" ? (before ?? null) : null;
  const left = (Date.parse(row.expires) - now.value) / 3_600_000;
  if (!updating.value) park();
  renew();
  takeUp(row);
  follow(row, before && row.expires === before.expires ? 0 : (HOURS.find((hours) => hours >= Math.round(left)) ?? 72));
}
effect(() => {
  const row = updating.value;
  untracked(() => {
    if (!row) return next();
    park();
    follow(row);
  });
});
/** What was refused was of other words, or of another area. */
const written = computed(() => JSON.stringify([words.value, area.value]));
effect(() => {
  void written.value;
  refused.value = "";
});
const TEXTS = ["headline", "description", "instruction", "issuer"] as const;
/** Which texts of the chosen template were changed by hand: its gaps are filled there by hand too. */
export const byHand = computed(() => (filled.value ? TEXTS.filter((name) => words.value[name] !== filled.value?.[name]) : []));
/** What the template said when its gaps were filled last, and which it was. */
let put: { id: string; said: Partial<Words> } | null = null;
effect(() => {
  const [said, id] = [filled.value, template.value?.id ?? ""];
  untracked(() => {
    const before = put?.id === id ? put.said : null;
    put = said && { id, said };
    if (!said) return;
    // Chosen just now it brings all of its own; filled further it leaves alone what was changed by hand since.
    if (before) set(Object.fromEntries(TEXTS.filter((name) => words.peek()[name] === before[name]).map((name) => [name, said[name]])));
    else set({ ...defaults(said.kind), ...said, languages: [] }); // translations are of other words
  });
});
/** Whether further languages still say what the Chinese said before it was changed. */
export function languagesOld(form: Words, row: Broadcast | null): boolean {
  const texts = ["headline", "description", "instruction"] as const;
  return row !== null && form.languages.length > 0 && JSON.stringify(form.languages) === JSON.stringify(row.languages) && texts.some((name) => form[name] !== row[name]);
}
