// Who is in an area by village and group, and what is in force there already: beside the sum, for who writes and who approves.
import { signal } from "@preact/signals";
import { placeOf } from "../grids/store";
import type { Preview } from "../wire";
import { number, say } from "../words";
import { headlineOf } from "./level";

export const Overlaps = ({ rows }: { rows: NonNullable<Preview["overlaps"]> }) => (rows.length > 0 ? <p class="overlaps" role="note" data-testid="overlaps">{say("overlaps")}{rows.map(headlineOf).join("；")}</p> : null);

/** The village whose groups stand open: of thousands of groups a picture each change would cost more than the question. */
const unfolded = signal("");

export function ByVillage({ found }: { found: Preview }) {
  const villages = new Map<string, Preview["by_grid"]>();
  for (const row of found.by_grid) {
    const { township, village } = placeOf(row.no); // two townships may each have a village of that name
    const key = `${township} ${village}`;
    const rows = villages.get(key);
    if (rows) rows.push(row);
    else villages.set(key, [row]);
  }
  const sorted = [...villages].map(([key, groups]) => ({ key, name: key.split(" ")[1], groups, residents: sum(groups, "residents") })).sort((a, b) => b.residents - a.residents);
  return (
    <div class="villages" data-testid="by-grid">{sorted.map(({ key, name, groups, residents }) => (
      <details key={key} open={unfolded.value === key} onToggle={(event) => { if (event.currentTarget.open) unfolded.value = key; else if (unfolded.value === key) unfolded.value = ""; }}>
        <summary><span>{name}<small>{say("groupsIn", { n: groups.length })} · {say("homesIn", { n: number(sum(groups, "households")) })}</small></span><b>{say("peopleReached", { n: number(residents), c: number(sum(groups, "connected")) })}</b></summary>
        {unfolded.value === key && <table>
          <thead><tr><th scope="col">{say("groupColumn")}</th><th scope="col">{say("peopleColumn")}</th><th scope="col">{say("families")}</th><th scope="col">{say("connectedHere")}</th><th scope="col">{say("heardColumn")}</th></tr></thead>
          <tbody>{groups.map((row) => <tr key={row.no}><th scope="row">{row.name}</th>{COUNTED.map((column) => <td key={column}>{number(row[column] ?? 0)}</td>)}</tr>)}</tbody>
        </table>}
      </details>
    ))}</div>
  );
}

const COUNTED = ["residents", "households", "connected", "heard"] as const;
const sum = (rows: Preview["by_grid"], column: (typeof COUNTED)[number]): number => rows.reduce((all, row) => all + (row[column] ?? 0), 0);
