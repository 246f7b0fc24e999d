// My people: everybody, or those whom nobody reaches; names and phones masked.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, take } from "../api";
import { areas } from "../grids/store";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Resident } from "../wire";
import { number, say } from "../words";
import { countyCoverage } from "./coverage";
import { DoorList } from "./door-list";
import { groupName, openGroup } from "./doors";
import { gone, nameOr, openPerson, person, Person } from "./person";
import { AddForm } from "../register/person-forms";
import { found, Search, searching } from "./search";

const PAGE = 50;
const onlyMissed = signal(true);
const page = signal(1);
const adding = signal(false);
const list = signal<{ items: Resident[]; total: number } | null>(null);
const refused = signal("");

let asked = 0;
let readOf = "";

/** The rows of what is chosen now, never those of what was chosen before: somebody would open the wrong person. */
async function read(code: string, missed: boolean, wanted: number): Promise<void> {
  const mine = ++asked;
  const of = `${code} ${missed} ${wanted}`;
  if (of !== readOf) list.value = null;
  readOf = of;
  try {
    const rows = missed
      ? await take(api.GET("/api/coverage/{code}/missed", { params: { path: { code }, query: { page: wanted } } }))
      : await take(api.GET("/api/residents", { params: { query: { under: code, page: wanted } } }));
    if (mine !== asked) return;
    list.value = rows;
    refused.value = "";
  } catch (error) {
    if (mine === asked) refused.value = why(error);
  }
}

/** Which of my grids, where I have several. */
const under = signal("");

const MINUTE = 60_000;
const changed = signal(0);
/** Who was reached meanwhile leaves the list: it is read anew when that many are not the same any more, once a minute at the most, and
 * only while somebody has it before them: each reading is written down as theirs. */
function follow(): () => void {
  let last = countyCoverage.value.connected;
  const timer = setInterval(() => {
    if (document.hidden || person.value || openGroup.value || found.value || last === countyCoverage.value.connected) return;
    last = countyCoverage.value.connected;
    changed.value++;
  }, MINUTE);
  return () => clearInterval(timer);
}

effect(() => {
  const code = under.value || session.value?.user.grids[0];
  void changed.value;
  if (code) void read(code, onlyMissed.value, page.value);
});

function Grids() {
  const mine = session.value?.user.grids ?? [];
  if (mine.length < 2) return null;
  const name = (code: string): string => areas.value.find((area) => area.code === code)?.name ?? code;
  return <label class="field"><span>{say("whichGrid")}</span><select value={under.value || mine[0]} onChange={(event) => { under.value = event.currentTarget.value; page.value = 1; }}>{mine.map((code) => <option key={code} value={code}>{name(code)}</option>)}</select></label>;
}

function choose(missed: boolean): void {
  onlyMissed.value = missed;
  page.value = 1;
}

function Rows({ people }: { people: Resident[] }) {
  return (
    <ul class="rows people" data-testid="people">{people.filter((row) => !gone.value.has(row.id)).map((person) => (
      <li key={person.id}>
        <button type="button" onClick={() => openPerson(person)}>
          <b>{nameOr(person)}</b><span class={person.connected ? "on" : "nobody"}>{say(person.connected ? "connectedPerson" : "notConnected")}</span>
          <small>{person.phone ?? say("noPhone")} · {person.group}{person.birth_year ? ` · ${person.birth_year}` : ""}</small><small>{say(person.presence === "here" ? "here" : person.presence === "away" ? "awayHere" : "unknown")} ›</small>
        </button>
      </li>
    ))}</ul>
  );
}

export function PeopleList() {
  useEffect(follow, []);
  if (person.value) return <Person resident={person.value} />;
  if (adding.value) return <><button type="button" class="quiet" onClick={() => (adding.value = false)}>‹ {say("back")}</button><AddForm then={(made) => { adding.value = false; openPerson(made); }} /></>;
  if (openGroup.value) return <><button type="button" class="quiet" onClick={() => (openGroup.value = "")}>‹ {say("back")}</button><h2>{groupName.value}</h2><DoorList /></>;
  if (found.value) return <><Search />{found.value.length > 0 && <h2>{say("searchFound", { n: found.value.length })}</h2>}<Rows people={found.value} /></>;
  if (searching.value) return <><Search /></>;
  const shown = list.value;
  return (
    <>
      <Search />
      <Grids />
      <div class="choice">
        <button type="button" class={onlyMissed.value ? "chosen" : ""} onClick={() => choose(true)}>{say("missed")}</button>
        <button type="button" class={onlyMissed.value ? "" : "chosen"} onClick={() => choose(false)}>{say("all")}</button>
      </div>
      <button type="button" class="secondary wide" onClick={() => (adding.value = true)}>＋ {say("personAdd")}</button>
      {refused.value && <p class="refused" role="alert">{refused.value}</p>}
      <h2>{shown ? say("people", { n: number(shown.total) }) : say("loading")}</h2>
      {shown && <Rows people={shown.items} />}
      <div class="choice">
        <button type="button" disabled={page.value <= 1} onClick={() => page.value--}>{say("previous")}</button>
        <button type="button" disabled={!shown || page.value * PAGE >= shown.total} onClick={() => page.value++}>{say("next")}</button>
      </div>
    </>
  );
}
