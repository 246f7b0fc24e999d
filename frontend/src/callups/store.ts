// Call-ups of the evacuations in force: who answered, who did not, and whose it is to reach them now.
import { computed, signal } from "@preact/signals";
import { api, key, Refusal, take } from "../api";
import { alive, touches, unfinished } from "../broadcasts/store";
import { keepLocally, keptLocally, whenKeptElsewhere } from "../kept";
import { ready, session, state } from "../realtime/store";
import { forgetWith, trying } from "../ui/tried";
import type { Callup } from "../wire";

const TRY_EVERY = 3000;
export const callupTrouble = signal("");
/** Those of what holds, or ran out with people missing: an update may have left an officer's groups outside, where nobody has to go. */
export const callups = computed<Callup[]>(() => {
  const standing = [...alive.value, ...unfinished.value];
  return Object.values(state.value.callups).filter((row) => standing.some((one) => one.chain === row.chain && row.ranges.some(([start = 0, end = 0]) => touches(one, start, end))));
});
/** What was answered here and is on its way is not called for any more. */
export const silent = computed(() => callups.value.filter((row) => !row.answered_at && !keptAnswers.value.some((one) => isOf(one, row))));
export const mineToAnswer = computed(() => silent.value.filter((row) => row.user && row.user === session.value?.user.id));
/** Whom this person has to reach by telephone: a head after five minutes, the commander after ten. */
export const mineToReach = computed(() => {
  const role = session.value?.user.role;
  const wanted = role === "commander" ? ["commander"] : role === "township_head" ? ["head", "commander"] : [];
  return silent.value.filter((row) => wanted.includes(row.stage) && row.user !== session.value?.user.id);
});
export const overdue = computed(() => silent.value.filter((row) => row.stage !== "officer"));

/** Numbers that this person looked up, by call-up; null where none is kept. */
export const numbers = signal<Record<string, string | null>>({});
const tried = trying(callupTrouble);
export const call = (row: Callup): Promise<boolean> =>
  tried(async () => {
    const { phone } = await take(api.POST("/api/callups/{id}/call", { params: { path: { id: row.id } } }));
    numbers.value = { ...numbers.value, [row.id]: phone };
  });
forgetWith(callupTrouble, () => [...mineToAnswer.value, ...mineToReach.value].map((row) => row.id).join());

/** Answers that the server has not taken yet: where a slope slides there is little signal, and the five minutes run. */
interface Kept {
  by: string;
  id: string;
  key: string;
  called_at: string; // called anew meanwhile, for more groups, it is another call
}
const isOf = (one: Kept, row: Callup): boolean => one.id === row.id && one.called_at === row.called_at;
const KEPT = "gridmap.callups";
const kept = signal<Kept[]>(keptLocally(KEPT, []));
whenKeptElsewhere(KEPT, () => (kept.value = keptLocally(KEPT, [])));
export const keptAnswers = computed(() => kept.value.filter((one) => one.by === session.value?.user.id));
const keep = (rows: Kept[]): void => { kept.value = rows; keepLocally(KEPT, rows); };

export function answer(row: Callup): void {
  keep([...kept.value.filter((one) => one.id !== row.id), { by: session.value?.user.id ?? "", id: row.id, key: key()["Idempotency-Key"], called_at: row.called_at }]);
  void sendAnswers();
}

let sending = false;
async function sendAnswers(): Promise<void> {
  if (sending) return;
  sending = true;
  for (const one of ready.value ? keptAnswers.value : []) {
    const row = state.value.callups[one.id];
    let trouble = "";
    try {
      if (!row || isOf(one, row)) {
        const taken = await take(api.POST("/api/callups/{id}/answer", { params: { path: { id: one.id } }, headers: { "Idempotency-Key": one.key } }));
        state.value = { ...state.value, callups: { ...state.value.callups, [taken.id]: taken } }; // before the socket says so: else it would ring once more
      }
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500 || [401, 403, 429].includes(error.status)) break; // again later
      trouble = error.message;
    }
    keep(kept.value.filter((other) => other.key !== one.key));
    if (trouble) callupTrouble.value = trouble; // after the row stands again, which lets older words go
  }
  sending = false;
}
setInterval(() => void sendAnswers(), TRY_EVERY);
