// What an update changes of the version before it: whoever approves it looks at the difference, and not for it.
import type { ComponentChildren } from "preact";
import { villages } from "../grids/store";
import { when } from "../time";
import type { Broadcast } from "../wire";
import { type Key, language, number, say } from "../words";
import { PlaceNames } from "./place-names";
import { touches, versionBefore } from "./store";

export function Before({ row }: { row: Broadcast }) {
  const before = versionBefore(row);
  if (!before || row.message_type !== "Update") return null;
  const said = changes(row, before);
  return (
    <>
      <dt>{say("changedSince", { n: before.version })}</dt>
      <dd data-testid="changed">{said.length === 0 ? say("sameAsBefore") : <ul>{said.map(([word, was]) => <li key={word}><b>{say(word)}</b>：{was}</li>)}</ul>}</dd>
    </>
  );
}

/** What is not the same any more, by its name, with what it was; of the area, what came and what went. */
function changes(row: Broadcast, before: Broadcast): [Key, ComponentChildren][] {
  const moved = (from: Broadcast, to: Broadcast): string[] => villages.value.filter(({ start, end }) => touches(to, start, end) && !touches(from, start, end)).map((village) => village.name);
  const found: [Key, ComponentChildren][] = [];
  const note = (word: Key, differs: boolean, was: ComponentChildren): void => void (differs && found.push([word, was]));
  const [came, went] = [moved(before, row), moved(row, before)];
  for (const name of ["headline", "instruction", "description", "issuer"] as const) note(name, row[name] !== before[name], say("was", { was: before[name] || say("nothingBefore") }));
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  for (const [word, name] of [["languageTag", "languages"], ["picture", "picture"], ["category", "category"], ["authority", "authority"]] as const) note(word, !same(row[name], before[name]), say("differs"));
  note("stepArea", came.length + went.length === 0 && !same(row.selection, before.selection), say("differs"));
  note("level", row.level !== before.level, say("was", { was: say(before.level) }));
  note("expires", row.expires !== before.expires, say("was", { was: when(before.expires, language.value) }));
  note("villagesIn", came.length > 0, <PlaceNames names={came} />);
  note("villagesOut", went.length > 0, <PlaceNames names={went} />);
  if (row.counts && before.counts) note("registeredHere", row.counts.residents !== before.counts.residents, say("was", { was: number(before.counts.residents) }));
  return found;
}
