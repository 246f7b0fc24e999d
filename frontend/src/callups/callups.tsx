// 叫应 on the tablet and the desk: one's own call to answer, and those who have to be reached by telephone.
import { now, span } from "../time";
import { headlineOf } from "../broadcasts/level";
import { alive, unfinished } from "../broadcasts/store";
import { placeOf } from "../grids/store";
import type { Callup } from "../wire";
import { say } from "../words";
import { answer, call, callups, callupTrouble, keptAnswers, mineToAnswer, mineToReach, numbers, overdue } from "./store";
import "./callups.css";

export function Callups() {
  if (mineToAnswer.value.length + mineToReach.value.length + keptAnswers.value.length === 0 && !callupTrouble.value) return null;
  return (
    <section class="callups" data-testid="callups">
      {mineToAnswer.value.map((row) => <button key={row.id} type="button" class={isDrill(row) ? "danger of-drill" : "danger"} onClick={() => answer(row)}>{say("callupMine")}<small>{headlinesOf(row)}</small></button>)}
      {mineToReach.value.length > 0 && <h3>{say("callupReach", { n: mineToReach.value.length })}</h3>}
      <ul>{mineToReach.value.map((row) => <Silent key={row.id} row={row} />)}</ul>
      {keptAnswers.value.length > 0 && <p class="kept" role="status">{say("callupsKept", { n: keptAnswers.value.length })}</p>}
      {callupTrouble.value && <p class="refused" role="alert">{callupTrouble.value}</p>}
    </section>
  );
}

/** For what one is called: of a drill it says so. */
const headlinesOf = (row: Callup): string => [...alive.value, ...unfinished.value].filter((one) => one.chain === row.chain).map(headlineOf).join("；");

const isDrill = (row: Callup): boolean => alive.value.some((one) => one.chain === row.chain && one.drill);

function Silent({ row }: { row: Callup }) {
  const [first] = row.ranges;
  const place = placeOf(first?.[0] ?? 0);
  return <li><span><b>{row.officer ?? say("callupNobody")}</b><small>{place.township}{place.village}{row.station ? ` · ${row.station}` : ""} · {say(row.officer ? "callupSilent" : "callupUnmanned", { age: span(row.called_at, now.value) })}</small></span>{row.officer && <Number row={row} />}<button type="button" class="secondary" onClick={() => answer(row)}>{say(row.officer ? "callupReached" : "callupManned")}</button></li>;
}

function Number({ row }: { row: Callup }) {
  const number = numbers.value[row.id];
  if (number) return <a class="secondary" href={`tel:${number}`}>{number}</a>;
  return number === null ? <small>{say("callupNoPhone")}</small> : <button type="button" class="secondary" onClick={() => void call(row)}>{say("callupCall")}</button>;
}

/** One line for the wall: how many have answered, and how many should have. */
export function CallupLine({ chain }: { chain: string }) {
  const called = callups.value.filter((row) => row.chain === chain && row.officer);
  const late = overdue.value.filter((row) => row.chain === chain).length;
  if (called.length === 0 && late === 0) return null;
  return <p class={late > 0 ? "callup-line late" : "callup-line"} data-testid="callup-line">{say("callupCount", { some: called.filter((row) => row.answered_at).length, all: called.length })}{late > 0 && <b>{say("callupLate", { n: late })}</b>}</p>;
}
