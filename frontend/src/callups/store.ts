// Call-ups of the evacuations in force: who answered, who did not, and whose it is to reach them now.
import { computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { session, state } from "../realtime/store";
import { forgetWith, trying } from "../ui/tried";
import type { Callup } from "../wire";

export const callupTrouble = signal("");
export const callups = computed<Callup[]>(() => Object.values(state.value.callups));
export const silent = computed(() => callups.value.filter((row) => !row.answered_at));
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
export const answer = (row: Callup): Promise<boolean> => tried(() => take(api.POST("/api/callups/{id}/answer", { params: { path: { id: row.id } }, headers: key() })));
