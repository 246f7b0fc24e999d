// Phones that wait to be let in: how many comes over the socket, who over HTTP, since walls listen too.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { state } from "../realtime/store";
import { why } from "../ui/parts";
import type { Join } from "../wire";

export const LET_IN = new Set(["commander", "township_head", "officer", "auxiliary"]);
export const waitingJoins = signal<Join[]>([]);
/** Why the list is old, and what was refused of a press: reading the list anew takes no refusal away. */
const unread = signal("");
const refused = signal("");
export const joinTrouble = computed(() => refused.value || unread.value);
export const waitingCount = computed(() => Object.values(state.value.joins).reduce((sum, waiting) => sum + waiting, 0));

const READ_AGAIN = 3000;
let asked = 0;
/** Follow who waits, for roles that may let in. */
export function followJoins(role: () => string): void {
  const counts = computed(() => state.value.joins); // not at every receipt of a warning
  effect(() => {
    const joins = counts.value;
    if (!LET_IN.has(role())) return;
    if (Object.keys(joins).length > 0) return void readJoins();
    asked++; // an answer that is still on its way is of those who waited before
    waitingJoins.value = [];
  });
}

export async function readJoins(): Promise<void> {
  const mine = ++asked;
  try {
    const { items } = await take(api.GET("/api/joins"));
    if (mine !== asked) return; // a later question is under way
    waitingJoins.value = items;
    unread.value = "";
  } catch (error) {
    if (mine !== asked) return;
    unread.value = why(error);
    setTimeout(() => mine === asked && void readJoins(), READ_AGAIN);
  }
}

export const letIn = (join: Join, resident: string): Promise<void> =>
  decide(take(api.POST("/api/joins/{id}/confirm", { params: { path: { id: join.id } }, body: { resident } })));

export const turnAway = (join: Join): Promise<void> => decide(take(api.POST("/api/joins/{id}/refuse", { params: { path: { id: join.id } } })));

async function decide(call: Promise<unknown>): Promise<void> {
  refused.value = "";
  try {
    await call;
  } catch (error) {
    refused.value = why(error);
  }
  await readJoins();
}
