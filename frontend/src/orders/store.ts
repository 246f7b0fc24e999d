// Orders of routine messages: mine to answer, and how far each message has come through the officers' hands.
import { computed, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { session, state } from "../realtime/store";
import { forgetWith, trying } from "../ui/tried";
import type { Broadcast, Order } from "../wire";
import { alive } from "../broadcasts/store";

export const orderTrouble = signal("");
const running = computed(() => new Map(alive.value.filter((row) => row.by_order).map((row) => [row.id, row])));
export const ordersOf = (broadcast: Broadcast): Order[] => Object.values(state.value.orders).filter((row) => row.broadcast === broadcast.id);

function isMine(row: Order): boolean {
  const user = session.value?.user;
  if (!user) return false;
  if (row.stage === "head" && (user.role === "township_head" || user.role === "commander")) return row.residents !== null;
  return row.user === user.id || (row.stage !== "officer" && row.deputies.includes(user.id));
}

/** What this person has to confirm or decline now, with its message; the longest waiting first. */
export const mineToConfirm = computed(() =>
  Object.values(state.value.orders)
    .filter((row) => row.state === "waiting" && isMine(row))
    .flatMap((row) => { const broadcast = running.value.get(row.broadcast); return broadcast ? [{ order: row, broadcast }] : []; })
    .sort((a, b) => (a.order.given_at < b.order.given_at ? -1 : 1)));

const tried = trying(orderTrouble);
forgetWith(orderTrouble, () => mineToConfirm.value.map(({ order }) => order.id).join());
const path = (row: Order) => ({ params: { path: { id: row.id } }, headers: key() });
export const confirm = (row: Order): Promise<boolean> => tried(() => take(api.POST("/api/orders/{id}/confirm", path(row))));
export const decline = (row: Order, reason: string): Promise<boolean> => tried(() => take(api.POST("/api/orders/{id}/decline", { ...path(row), body: { reason } })));
