// The planner's assign screen: pick grids on the map, pick an officer, see the load before and after; or hand all over.
import { signal } from "@preact/signals";
import { groups } from "../grids/store";
import { ready, state } from "../realtime/store";
import type { Assignment, AssignPreview, Officer } from "../wire";
import { dayOf, when } from "../time";
import { type Key, language, number, say } from "../words";
import { answering, assign, comparison, done, end, handOver, level, type Level, name, officer, officers, pickAll, picked, savePhone, since, trouble } from "./assign";
import { GivenHandovers } from "./handovers";
import "./assign-panel.css";

type Load = AssignPreview["picked"];
const giving = signal<Officer | null>(null);
const at = signal("");
const ROWS = [["residents", "registeredHere"], ["households", "families"], ["grids", "gridsHeld"], ["area_km2", "areaHeld"], ["open_tasks", "openTasks"]] as const;
const LEVEL: Record<Level, Key> = { township: "township", village: "villages", group: "groups" };
const sure = signal(0);

export function AssignPanel() {
  return (
    <section class="assign">
      <Nobody />
      <h2>{say("assignPick")}</h2>
      <div class="levels" role="group">{(["township", "village", "group"] as const).map((wanted: Level) => <button key={wanted} type="button" aria-pressed={level.value === wanted} class={level.value === wanted ? "chosen" : ""} onClick={() => { level.value = wanted; pickAll([]); }}>{say(LEVEL[wanted])}</button>)}</div>
      <Picked />
      <Answering />
      <h2>{say("assignWho")}</h2>
      <input type="search" aria-label={say("assignSearch")} placeholder={say("assignSearch")} value={name.value} onInput={(event) => (name.value = event.currentTarget.value.trim())} />
      <ul class="officers" data-testid="officers">{officers.value.slice(0, 8).map((row) => (
        <li key={row.id}><button type="button" aria-pressed={officer.value?.id === row.id} class={officer.value?.id === row.id ? "chosen" : ""} onClick={() => (officer.value = row)}><span><b>{row.name}</b>{row.station && <small>{row.station}</small>}{row.on_duty_since && <small class="on">{say("onDuty")}</small>}</span><small>{say("loadOf", { n: number(row.load.residents), h: number(row.load.households), g: number(row.load.grids) })}</small></button></li>
      ))}</ul>
      {officers.value.length === 0 && <p class="note">{say("assignNoOfficer")}</p>}
      <Compare />
      <OfficerPhone />
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {done.value && <p class="took" role="status">{done.value}</p>}
      <label class="field"><span>{say("assignSince")}</span><input type="datetime-local" value={since.value} onInput={(event) => (since.value = event.currentTarget.value)} /></label>
      <div class="row"><button type="button" class="primary" disabled={!officer.value || picked.value.length === 0} onClick={() => void assign("primary", assigned())}>{say("assignPrimary")}</button><button type="button" class="secondary" disabled={!officer.value || picked.value.length === 0} onClick={() => void assign("deputy", assigned())}>{say("assignDeputy")}</button></div>
      <HandOver />
    </section>
  );
}

const assigned = (): string => (since.value ? say("assignDoneFrom", { at: when(`${since.value}:00+08:00`, language.value) }) : say("assignDone"));

const savedFor = signal("");
/** The number on which they are called up when they do not answer on the tablet. */
function OfficerPhone() {
  const who = officer.value;
  if (!who) return null;
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void savePhone(who, String(new FormData(form).get("phone") ?? "")).then((saved) => {
      if (!saved) return;
      savedFor.value = who.id;
      form.reset();
    });
  };
  return (
    <form key={who.id} class="row" data-testid="officer-phone" onSubmit={save}>
      <label class="field"><span>{say("officerPhone")}</span><input name="phone" type="tel" required autocomplete="off" placeholder={who.has_phone || savedFor.value === who.id ? say("officerPhoneHas") : ""} /></label>
      <button type="submit" class="secondary">{say("officerPhoneSave")}</button>
      {savedFor.value === who.id && <p class="took" role="status">{say("officerPhoneSaved")}</p>}
    </form>
  );
}

/** An uncovered grid is an alarm: one press picks all of them. */
function Nobody() {
  const open = state.value.uncovered;
  if (open.length === 0) return <p class="note">{say(ready.value ? "assignAllCovered" : "loading")}</p>;
  const codes = (): string[] => groups.value.filter((group) => open.includes(group.no)).map((group) => group.code);
  return <p class="alarm" role="alert">{say("assignNobody", { n: number(open.length) })} <button type="button" class="secondary" onClick={() => { level.value = "group"; pickAll(codes()); }}>{say("assignPickNobody")}</button></p>;
}

/** A village without a primary of its own is no alarm while somebody answers for each of its groups. */
function Primary({ grid }: { grid: AssignPreview["grids"][number] }) {
  const open = groups.value.some((group) => group.code.startsWith(grid.code) && state.value.uncovered.includes(group.no));
  return <span class={grid.primary || !open ? "" : "nobody"}>{grid.primary ?? say(open ? "nobodyLegend" : "byGroups")}</span>;
}

function Picked() {
  const found = comparison.value;
  if (picked.value.length === 0 || !found) return <p class="note">{say("assignPickHow")}</p>;
  return (
    <ul class="picked" data-testid="picked">{found.grids.slice(0, 12).map((grid) => <li key={grid.code}><b>{grid.place}</b><Primary grid={grid} /></li>)}
      {found.grids.length > 12 && <li>{say("assignMore", { n: found.grids.length - 12 })}</li>}
    </ul>
  );
}

/** Of one grid everybody who answers for it, deputies too; each can be ended, and a grid without a primary is an alarm at once. */
function Answering() {
  if (answering.value.length === 0) return null;
  const press = (row: Assignment): void => {
    if (sure.value !== row.id) return void (sure.value = row.id);
    sure.value = 0;
    void end(row, say("assignDone"));
  };
  return (
    <>
      <h3>{say("answersNow")}</h3>
      <ul class="picked" data-testid="answering">{answering.value.map((row) => (
        <li key={row.id}><b>{row.name}</b><span>{say(row.duty === "primary" ? "primaryOf" : "deputyOf")} · {say("fromDay", { day: dayOf(row.since) })}{row.until && ` – ${dayOf(row.until)}`}</span><button type="button" class={sure.value === row.id ? "danger" : "secondary"} onClick={() => press(row)}>{say(sure.value === row.id ? "assignEndSure" : "assignEnd")}</button></li>
      ))}</ul>
    </>
  );
}

function Compare() {
  const found = comparison.value;
  if (!found) return null;
  const cell = (load: Load | null, field: keyof Load): string => (load ? number(load[field]) : "–");
  return (
    <table class="compare" data-testid="compare">
      <thead><tr><th /><th>{say("loadPicked")}</th><th>{say("loadBefore")}</th><th>{say("loadAfter")}</th></tr></thead>
      <tbody>{ROWS.map(([field, word]) => <tr key={field}><th>{say(word)}</th><td>{cell(found.picked, field)}</td><td>{cell(found.before, field)}</td><td><b>{cell(found.after, field)}</b></td></tr>)}</tbody>
    </table>
  );
}

function HandOver() {
  const [from, to] = [giving.value, officer.value];
  return (
    <section class="handover">
      <h2>{say("handoverTitle")}</h2>
      <p class="note">{say("handoverHow")}</p>
      <p>{say("handoverFrom", { name: from?.name ?? "…" })} <button type="button" class="secondary" disabled={!to} onClick={() => { giving.value = to; officer.value = null; }}>{say("handoverSet")}</button></p>
      <p>{say("handoverTo", { name: from && to ? to.name : "…" })}</p>
      <label class="field"><span>{say("handoverAt")}</span><input type="datetime-local" value={at.value} onInput={(event) => (at.value = event.currentTarget.value)} /></label>
      <button type="button" class="primary" disabled={!from || !to || from.id === to.id} onClick={() => from && to && void handOver(from.id, to.id, at.value ? `${at.value}:00+08:00` : null, say("handoverDone"))}>{say("handoverGo")}</button>
      <GivenHandovers />
    </section>
  );
}
