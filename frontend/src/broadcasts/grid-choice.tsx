// Townships, villages and groups by their name: for who has no mouse, and whose finger has no shift key.
import { signal } from "@preact/signals";
import { type Area as Grid, areas, placeOf } from "../grids/store";
import { say } from "../words";
import { holderOf, turned } from "./picking";
import { area, exclude, excluding, toShow } from "./draft";

const MOST = 12;
const name = signal("");

const fullName = ({ level, start, name: own }: Grid): string => {
  const { township, village } = placeOf(start);
  return level === "township" ? own : level === "village" ? `${township} ${own}` : `${township} ${village} ${own}`;
};

function found(): Grid[] {
  const words = name.value.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const named = areas.value.filter((grid) => grid.level !== "county" && words.every((word) => fullName(grid).replaceAll(" ", "").includes(word)));
  return named.slice(0, MOST);
}

const picked = (): string[] => (area.value?.type === "grids" ? area.value.codes : []);

/** Pick a grid, or take it back; of what lies within it nothing is picked twice. */
function turn(code: string): void {
  const next = turned(picked(), code);
  const anew = area.value?.type !== "grids";
  if (next.length > 0) toShow.value = { type: "grids", codes: next };
  else area.value = null;
  if (anew) exclude.value = null; // what was taken out of another shape is taken out of no grid
}

export function GridChoice() {
  if (excluding.value) return null;
  const codes = new Set(picked()); // a box picks thousands
  const named = found();
  const rows = [...new Set([...areas.value.filter((grid) => codes.has(grid.code)), ...named])];
  return (
    <fieldset class="grid-choice" data-testid="grid-choice">
      <label class="field"><span>{say("gridByName")}</span><input type="search" value={name} onInput={(event) => (name.value = event.currentTarget.value)} placeholder={say("gridByNameHow")} /></label>
      {rows.map((grid) => <label key={grid.code} class="check"><input type="checkbox" checked={holderOf([...codes], grid.code) !== undefined} onChange={() => turn(grid.code)} />{fullName(grid)}</label>)}
      {name.value.trim() !== "" && named.length === 0 && <p class="note">{say("gridByNameNone")}</p>}
    </fieldset>
  );
}
