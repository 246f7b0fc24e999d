// What went out and how far it has come, as a whole and by village; it stands after the end too.
import { villages } from "../grids/store";
import { state } from "../realtime/store";
import { left, now } from "../time";
import "./ending.css";
import type { Broadcast } from "../wire";
import { number, say } from "../words";
import { COLUMNS, doneBy, isCancel, endsTooSoon, isEvacuation, missingOf, totals, unconfirmed, unfinished, within } from "./store";

/** That people are missing while the time runs out, or after it did: an evacuation never ends in silence. */
export function Ending({ row }: { row: Broadcast }) {
  if (endsTooSoon(row)) return <p class="ending" role="alert" data-testid="ending">{say("endsSoon", { time: left(row.expires, now.value), n: number(missingOf(row)) })}</p>;
  if (unfinished.value.includes(row)) return <p class="ending" role="alert" data-testid="ending">{say("endedMissing", { n: number(missingOf(row)) })}</p>;
  return null;
}

export function Reached({ row }: { row: Broadcast }) {
  const sums = totals(row.id);
  const columns = isEvacuation(row) && !isCancel(row) ? (["pushed", "displayed", "moving", "safe", "need_help"] as const) : (["pushed", "displayed", "acknowledged"] as const);
  return (
    <section data-testid="reached">
      <Ending row={row} />
      <dl class="figures">
        <div><dt>{say("wentTo")}</dt><dd data-testid="went-to">{number(sums.residents)}</dd></div>
        {!isCancel(row) && <div><dt>{say(isEvacuation(row) ? "unaccounted" : "unseen")}</dt><dd>{unconfirmed(row) ? "–" : number(missingOf(row))}</dd></div>}
        {columns.map((column) => <div key={column}><dt>{say(column)}</dt><dd>{number(sums[column])}</dd></div>)}
      </dl>
      <ByVillage row={row} />
    </section>
  );
}

function ByVillage({ row }: { row: Broadcast }) {
  const rows = state.value.progress[row.id] ?? {};
  const done = doneBy(row);
  const found = villages.value.map((village) => {
    const [all, some] = within(rows, village, COLUMNS.indexOf(done));
    return { village, some, all };
  }).filter(({ all }) => all > 0).sort((a, b) => b.all - b.some - (a.all - a.some));
  if (found.length === 0) return null;
  return (
    <details class="by-village" data-testid="reached-by-village">
      <summary>{say(done === "displayed" ? "byVillageSeen" : "byVillageSafe")}</summary>
      <ul>{found.map(({ village, some, all }) => <li key={village.no}><span>{village.name}</span><b>{number(some)} / {number(all)}</b></li>)}</ul>
    </details>
  );
}
