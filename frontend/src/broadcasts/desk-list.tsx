// The desk's broadcasts, and what waits for my approval.
import { computed } from "@preact/signals";
import { ready } from "../realtime/store";
import { age, now } from "../time";
import type { Broadcast } from "../wire";
import { number, say } from "../words";
import { chosen, mine } from "./draft";
import { colourOf, headlineOf } from "./level";
import { broadcasts, missingWithin, running, toApprove } from "./store";
import { stateWord } from "./detail";

export const forMe = computed(() => toApprove.value.filter((row) => row.author.id !== mine.value));
/** What a colleague sent alone and somebody else has to look at. */
export const toReview = computed(() => broadcasts.value.filter((row) => row.review === "waiting" && row.author.id !== mine.value));

/** What was approved and nobody has sent: each of the two thinks that the other did. */
export const toSend = computed(() => broadcasts.value.filter((row) => row.state === "approved" && [row.author.id, row.approver?.id].includes(mine.value)));

/** What waits for me: it stands above everything else on the desk. */
export function Waiting() {
  return (
    <>
      {forMe.value.length > 0 && <section class="desk-list waiting" data-testid="waiting"><h3>{say("toApprove")} {forMe.value.length}</h3>{forMe.value.map((row) => <Row key={row.id} row={row} />)}</section>}
      {toSend.value.length > 0 && <section class="desk-list waiting" data-testid="to-send"><h3>{say("toSend")} {toSend.value.length}</h3>{toSend.value.map((row) => <Row key={row.id} row={row} />)}</section>}
      {toReview.value.length > 0 && <section class="desk-list waiting" data-testid="to-review"><h3>{say("toReview")} {toReview.value.length}</h3>{toReview.value.map((row) => <Row key={row.id} row={row} />)}</section>}
    </>
  );
}

/** That something is in force, and how many people are missing, stands before the empty form; a press leads there. */
export function Standing() {
  const rows = running.value;
  const [first] = rows;
  if (!first) return null;
  const { missing } = missingWithin({ start: 0, end: Infinity });
  const look = (): void => {
    if (rows.length === 1) chosen.value = first.id;
    else document.querySelector("[data-testid=desk-list]")?.scrollIntoView({ block: "start" });
  };
  return <button type="button" class="secondary standing" data-testid="standing" onClick={look}>{say("standingNow", { n: rows.length })}{missing > 0 && <b> · {number(missing)} {say("unaccounted")}</b>} ›</button>;
}

export function DeskList() {
  const others = broadcasts.value.filter((row) => !forMe.value.includes(row) && !toSend.value.includes(row));
  return (
    <section class="desk-list" data-testid="desk-list">
      <h3>{say("broadcasts")}</h3>
      {others.length === 0 && <p class="note">{say(ready.value ? "noOther" : "loading")}</p>}
      {others.map((row) => <Row key={row.id} row={row} />)}
    </section>
  );
}

const Row = ({ row }: { row: Broadcast }) => (
  <button type="button" class="card-row" data-testid="broadcast-row" onClick={() => (chosen.value = row.id)}>
    <span class={`tag level-${colourOf(row)}`}>{row.message_type === "Cancel" ? say("cancelBroadcast") : row.message_type === "Update" ? `${say("updateTag")} · ${say(row.level)}` : `${say(row.level)} · ${say(row.kind)}`}</span>
    <b>{headlineOf(row)}</b>
    <small>{say(stateWord(row))} · {say("author", { name: row.author.name })} · {age(row.drafted_at, now.value)}</small>
  </button>
);
