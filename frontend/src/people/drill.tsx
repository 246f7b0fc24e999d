// Coverage down to the door: county, township, village, group, and the people missed; by day, by tag, and where to go first.
import { batch, computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { loadTags, nameOf, tags } from "../tags/store";
import { why } from "../ui/parts";
import type { CoverageOut, Day, Resident, Unreached } from "../wire";
import { number, say } from "../words";
import { percent, percentHere } from "./coverage";
import { DoorList } from "./door-list";
import { openGroup } from "./doors";
import { nameOr, openPerson, Person, person } from "./person";

const READS_PEOPLE = new Set(["commander", "township_head", "officer", "auxiliary"]);
const PAGE = 50;
const DIGITS = [6, 9, 12, 15];
const at = signal("");
const cover = signal<CoverageOut | null>(null);
const days = signal<Day[]>([]);
const unreached = signal<Unreached[]>([]);
const people = signal<Resident[]>([]);
const missedInAll = signal(0);
const onFile = signal(false);
const tag = signal("");
const names = signal(new Map<string, string>());
const trouble = signal("");
const reads = computed(() => READS_PEOPLE.has(session.value?.user.role ?? ""));
const path = computed(() => DIGITS.map((digits) => at.value.slice(0, digits)).filter((code, i, all) => code && all.indexOf(code) === i && (session.value?.user.grids ?? []).some((mine) => code.startsWith(mine))));

const looked = signal(0);
/** Read again: an import or an officer may have changed it. */
export const lookAgain = (): void => void (looked.value = looked.peek() + 1);

effect(() => void (openGroup.value = reads.value && !tag.value && at.value.length === 15 ? at.value : ""));
effect(() => {
  void looked.value;
  const code = at.value || session.value?.user.grids[0] || "";
  if (code) void read(code, tag.value, onFile.value);
});

const missedOf = (code: string, page: number, filed: boolean) => take(api.GET("/api/coverage/{code}/missed", { params: { path: { code }, query: { page, on_file: filed } } }));

async function readMore(): Promise<void> {
  try {
    const found = await missedOf(at.value, Math.ceil(people.value.length / PAGE) + 1, onFile.value);
    people.value = [...people.value, ...found.items];
  } catch (error) {
    trouble.value = why(error);
  }
}

let asked = 0;

/** Read everything of a grid, then show it at once: figures of two grids beside each other would say something false. */
async function read(code: string, carrying: string, filed: boolean): Promise<void> {
  const grid = { params: { path: { code } } };
  const mine = ++asked;
  try {
    const [whole, { name }, byDay, first, byTag, missed] = await Promise.all([
      take(api.GET("/api/coverage/{code}", grid)), take(api.GET("/api/grids/{code}", grid)), take(api.GET("/api/coverage/{code}/days", grid)), take(api.GET("/api/coverage/{code}/unreached", grid)),
      carrying ? take(api.GET("/api/coverage/{code}/tags/{tag}", { params: { path: { code, tag: carrying } } })) : null,
      reads.value && (code.length === 15 || filed) ? missedOf(code, 1, filed) : null,
    ]);
    if (mine !== asked) return;
    batch(() => {
      cover.value = byTag ? { ...whole, registered: byTag.registered, connected: byTag.connected, away: 0, children: byTag.children.map((row) => ({ ...row, away: 0 })) } : whole;
      days.value = byDay.items;
      unreached.value = first.items;
      names.value = new Map([...names.value, [code, name], ...whole.children.map((row) => [row.code, row.name] as const)]);
      people.value = missed?.items ?? [];
      missedInAll.value = missed?.total ?? 0;
      at.value = code;
      trouble.value = "";
    });
  } catch (error) {
    if (mine === asked) trouble.value = why(error);
  }
}

const WIDTH = 600;
const HEIGHT = 120;

/** The share of each day as a line, over its own range of values and with both ends in figures. */
function Trend() {
  const shares = days.value.filter((day) => day.registered).map((day) => day.connected / day.registered);
  const [first, last] = [shares[0], shares.at(-1)];
  if (shares.length < 2 || first === undefined || last === undefined) return <p class="small">{say("trendSoon")}</p>;
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  const points = shares.map((share, i) => `${((i * WIDTH) / (shares.length - 1)).toFixed(1)},${(HEIGHT - 8 - ((share - low) / (high - low || 1)) * (HEIGHT - 16)).toFixed(1)}`);
  const words = say("trendOf", { days: shares.length, from: (100 * first).toFixed(1), to: (100 * last).toFixed(1) });
  return <figure class="trend"><svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} preserveAspectRatio="none"><polyline points={points.join(" ")} /></svg><figcaption>{words}</figcaption></figure>;
}

function Children() {
  const rows = cover.value?.children ?? [];
  return (
    <table class="drill-rows" data-testid="drill"><thead><tr><th>{say("gridName")}</th><th>{say("connectedHere")}</th><th>{say("registered")}</th><th>{say("rate")}</th></tr></thead>
      <tbody>{rows.map((row) => (
        <tr key={row.code}><th scope="row"><button type="button" onClick={() => (at.value = row.code)}>{row.name} ›</button></th><td>{number(row.connected)}</td><td>{number(row.registered)}</td><td><meter min={0} max={1} value={row.registered ? row.connected / row.registered : 0} aria-hidden="true" /> {percent(row.connected, row.registered)}%</td></tr>
      ))}</tbody></table>
  );
}

function ByTag() {
  if (tags.value.length === 0) void loadTags();
  const used = tags.value.filter((row) => !row.retired && (row.used ?? 1) > 0);
  return <label class="field"><span>{say("coverageAmong")}</span><select value={tag.value} onChange={(event) => (tag.value = event.currentTarget.value)}><option value="">{say("everybodyHere")}</option>{used.map((row) => <option key={row.code} value={row.code}>{nameOf(row)}</option>)}</select></label>;
}

export function Drill() {
  const now = cover.value;
  if (person.value) return <Person resident={person.value} />;
  return (
    <section class="drill" data-testid="drill-page">
      <nav aria-label={say("coverageTitle")}>{path.value.map((code) => <button key={code} type="button" class={code === at.value ? "chosen" : ""} onClick={() => (at.value = code)}>{names.value.get(code) ?? code}</button>)}</nav>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {reads.value && <ByTag />}
      {now && <p class="key"><b>{percent(now.connected, now.registered)}%</b> {say("reachableOf", { some: number(now.connected), all: number(now.registered) })}<small>{!tag.value && `${say("rateWithoutAway", { p: percentHere(now.connected, now.registered - now.away) })} · ${say("familiesReached", { n: number(now.households_connected), all: number(now.households) })}`}</small></p>}
      {!tag.value && <Trend />}
      {unreached.value.length > 0 && !tag.value && at.value.length < 15 && <><h3>{say("unreachedTitle")}</h3><ol class="unreached">{unreached.value.map((row) => <li key={row.code}><button type="button" onClick={() => (at.value = row.code)}><b>{row.village} {row.name}</b><span>{say("unreachedOf", { n: number(row.residents), h: number(row.households), a: number(row.away) })}</span></button></li>)}</ol></>}
      {now && now.children.length > 0 && <><h3>{say("gridsBelow")}</h3><Children /></>}
      {openGroup.value && <><h3>{say("doorsBelow")}</h3><DoorList /></>}
      {reads.value && !tag.value && <label class="check"><input type="checkbox" checked={onFile.value} onChange={(event) => (onFile.value = event.currentTarget.checked)} /> {say("onFileOnly")}</label>}
      {people.value.length > 0 && !tag.value && <><h3>{say("missed")}</h3><ul class="missed">{people.value.map((row) => <li key={row.id}><button type="button" onClick={() => openPerson(row)}><b>{nameOr(row)}</b> {row.phone ?? say("noPhone")}{row.heard_for && ` · ${say("heardFor")}`}{row.on_file && ` · ${say("onFile")}`} <small>{row.group} ›</small></button></li>)}</ul>{missedInAll.value > people.value.length && <button type="button" class="secondary" onClick={() => void readMore()}>{say("moreRows", { n: number(missedInAll.value - people.value.length) })}</button>}</>}
    </section>
  );
}
