// Call-ups of the evacuations in force: who answered, who did not, and whose it is to reach them now.
import { computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { alive, touches, unfinished } from "../broadcasts/store";
import { type Kept as Item, outbox } from "../outbox";
import { ready, session, state } from "../realtime/store";
import { forgetWith, trying } from "../ui/tried";
import type { Callup } from "../wire";

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
interface Kept extends Item {
  id: string;
  called_at: string; // called anew meanwhile, for more groups, it is another call
}
const isOf = (one: Kept, row: Callup): boolean => one.id === row.id && one.called_at === row.called_at;
export { keptAnswers, answersOfOthers, start as sendAnswers };
const { all: kept, mine: keptAnswers, others: answersOfOthers, keep, send, start } = outbox<Kept, Callup | null>("gridmap.callups", {
  post: async (one) => {
    const row = state.value.callups[one.id];
    return !row || isOf(one, row) ? take(api.POST("/api/callups/{id}/answer", { params: { path: { id: one.id } }, headers: { "Idempotency-Key": one.key } })) : null;
  },
  waits: () => !ready.value,
  taken: (_, row) => row && (state.value = { ...state.value, callups: { ...state.value.callups, [row.id]: row } }), // before the socket says so: else it would ring once more
  refused: (_, refusal) => (callupTrouble.value = refusal.message), // after the row stands again, which lets older words go
});

export function answer(row: Callup): void {
  keep([...kept.value.filter((one) => one.id !== row.id), { by: session.value?.user.id ?? "", id: row.id, key: key()["Idempotency-Key"], called_at: row.called_at }]);
  void send();
}
