// Phones that wait to be let in: how many comes over the socket, who over HTTP, since walls listen too.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { state } from "../realtime/store";
import { why } from "../ui/parts";
import type { Join } from "../wire";

const LET_IN = new Set(["commander", "township_head", "officer", "auxiliary"]);
export const waitingJoins = signal<Join[]>([]);
export const joinTrouble = signal("");
export const waitingCount = computed(() => Object.values(state.value.joins).reduce((sum, waiting) => sum + waiting, 0));

/** Follow who waits, for roles that may let in. */
export function followJoins(role: () => string): void {
  effect(() => {
    const joins = state.value.joins;
    if (!LET_IN.has(role())) return;
    if (Object.keys(joins).length === 0) waitingJoins.value = [];
    else void read();
  });
}

async function read(): Promise<void> {
  try {
    waitingJoins.value = (await take(api.GET("/api/joins"))).items;
    joinTrouble.value = "";
  } catch (error) {
    joinTrouble.value = why(error);
  }
}

export const letIn = (join: Join, resident: string): Promise<void> =>
  decide(take(api.POST("/api/joins/{id}/confirm", { params: { path: { id: join.id } }, body: { resident } })));

export const turnAway = (join: Join): Promise<void> => decide(take(api.POST("/api/joins/{id}/refuse", { params: { path: { id: join.id } } })));

async function decide(call: Promise<unknown>): Promise<void> {
  try {
    await call;
    joinTrouble.value = "";
  } catch (error) {
    joinTrouble.value = why(error);
  }
  await read();
}
