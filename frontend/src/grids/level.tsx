// Which level carries the colour on the map: townships, villages or groups; on the wall villages from afar and groups from near.
import { signal } from "@preact/signals";
import { type Key, say } from "../words";
import type { Area } from "./store";
import { groups, townships, villages } from "./store";

export type Level = "township" | "village" | "group";
export type Shown = Level | "near";
const LEVELS: [Level, Key][] = [["township", "township"], ["village", "village"], ["group", "group"]];

function asked(): Level | null {
  const said = new URLSearchParams(location.search).get("level");
  return LEVELS.map(([level]) => level).find((level) => level === said) ?? null;
}

/** What somebody chose, here or in the address; null where the face decides. */
export const chosenLevel = signal<Level | null>(asked());

export const areasOf = (level: Level): Area[] => ({ township: townships, village: villages, group: groups })[level].value;

export function LevelChoice() {
  const now = chosenLevel.value ?? "group";
  return (
    <div class="level-choice" role="group" aria-label={say("levelOf")}>
      {LEVELS.map(([level, name]) => <button key={level} type="button" aria-pressed={now === level} class={now === level ? "chosen" : ""} onClick={() => (chosenLevel.value = level)}>{say(name)}</button>)}
    </div>
  );
}
