// 一键确认 on the tablet and the desk: a routine message waits for the officer's word; the desk sees whose word is missing.
import { signal } from "@preact/signals";
import { placeOf } from "../grids/store";
import { session } from "../realtime/store";
import { now, span } from "../time";
import type { Broadcast, Order } from "../wire";
import { type Key, number, say } from "../words";
import { headlineOf } from "../broadcasts/level";
import { confirm, decline, mineToConfirm, ordersOf, orderTrouble } from "./store";
import "./orders.css";

/** The order whose reason for declining is being given. */
const declining = signal<string | null>(null);
const reason = signal("");
const REASONS = ["declineTold", "declineNotHere", "declineWrong"] as const satisfies readonly Key[];

export function Orders() {
  if (mineToConfirm.value.length === 0 && !orderTrouble.value) return null;
  return (
    <section class="orders" data-testid="orders">
      {mineToConfirm.value.map(({ order, broadcast }) => <Mine key={order.id} order={order} broadcast={broadcast} />)}
      {orderTrouble.value && <p class="refused" role="alert">{orderTrouble.value}</p>}
    </section>
  );
}

function Mine({ order, broadcast }: { order: Order; broadcast: Broadcast }) {
  return (
    <article class={order.reminded_at ? "order late" : "order"}>
      <p class="note">{say(broadcast.kind)} · {say("orderFrom", { name: broadcast.author.name })}{order.reminded_at && <b> · {say("orderReminded", { age: span(order.given_at, now.value) })}</b>}</p>
      <h3>{headlineOf(broadcast)}</h3>
      {broadcast.description && <p>{broadcast.description}</p>}
      {broadcast.instruction && <p>{broadcast.instruction}</p>}
      {declining.value === order.id ? <Why order={order} /> : (
        <div class="choice">
          <button type="button" class="primary" onClick={() => void confirm(order)}>{say("orderConfirm", { n: number(order.residents ?? 0) })}</button>
          <button type="button" class="secondary" onClick={() => { declining.value = order.id; reason.value = ""; }}>{say("orderDecline")}</button>
        </div>
      )}
    </article>
  );
}

function Why({ order }: { order: Order }) {
  const give = (said: string): void => void decline(order, said).then((done) => { if (done) declining.value = null; });
  return (
    <form class="why" onSubmit={(event) => { event.preventDefault(); give(reason.value); }}>
      <p><b>{say("orderWhy")}</b></p>
      {REASONS.map((word) => <button key={word} type="button" class="secondary" onClick={() => give(say(word))}>{say(word)}</button>)}
      <label class="field"><span>{say("orderOther")}</span><input name="decline-reason" required minLength={2} maxLength={200} value={reason} onInput={(event) => (reason.value = event.currentTarget.value)} /></label>
      <div class="choice"><button type="submit" class="primary">{say("orderDecline")}</button><button type="button" class="secondary" onClick={() => (declining.value = null)}>{say("back")}</button></div>
    </form>
  );
}

const RANK: Record<Order["state"], number> = { declined: 0, waiting: 1, confirmed: 2 };

/** On the desk: how far one message has come through the officers' hands, who is silent first. */
export function OrderProgress({ broadcast }: { broadcast: Broadcast }) {
  const rows = ordersOf(broadcast).sort((a, b) => RANK[a.state] - RANK[b.state] || (a.given_at < b.given_at ? -1 : 1));
  const done = rows.filter((row) => row.state === "confirmed").length;
  const leads = session.value?.user.role === "commander";
  return (
    <section class="order-progress" data-testid="order-progress">
      <h3>{say("orderProgress", { some: done, all: rows.length })}</h3>
      <progress max={Math.max(1, rows.length)} value={done} aria-label={say("orderProgress", { some: done, all: rows.length })} />
      <ul>{rows.slice(0, SHOWN).map((row) => (
        <li key={row.id} class={row.state}>
          <span><b>{row.officer ?? say("orderNobody")}</b><small>{whereOf(row)} · {say("people", { n: number(row.residents ?? 0) })}</small><small>{said(row)}</small></span>
          {leads && row.state !== "confirmed" && <button type="button" class="secondary" onClick={() => void confirm(row)}>{say("orderFor")}</button>}
        </li>
      ))}</ul>
      {rows.length > SHOWN && <p class="note">{say("orderMore", { n: number(rows.length - SHOWN) })}</p>}
      {orderTrouble.value && <p class="refused" role="alert">{orderTrouble.value}</p>}
    </section>
  );
}
const SHOWN = 60;

function whereOf(row: Order): string {
  const place = placeOf(row.ranges[0]?.[0] ?? 0);
  return `${place.township}${place.village}`;
}

function said(row: Order): string {
  if (row.state === "confirmed") return say("orderConfirmed", { by: row.answered_by });
  if (row.state === "declined") return say("orderDeclined", { by: row.answered_by, why: row.reason });
  return `${say(row.stage === "officer" ? "orderWaits" : row.stage === "deputy" ? "orderDeputy" : "orderHead")} · ${say("waitedFor", { age: span(row.given_at, now.value) })}`;
}
