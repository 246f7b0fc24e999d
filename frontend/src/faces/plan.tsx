// The planner's desk: draw the area, see at once who is in it, write, have it approved, send.
import { computed, effect, signal } from "@preact/signals";
import { render } from "preact";
import { boxOf } from "../broadcasts/layer";
import { Composer } from "../broadcasts/composer";
import { DeskList, forMe, Waiting } from "../broadcasts/desk-list";
import { Detail } from "../broadcasts/detail";
import { area, type Area, chosen, chosenBroadcast, updating } from "../broadcasts/draft";
import { groupAt, showPicked } from "../grids/layer";
import { loadGrids } from "../grids/store";
import { beginReport, ReportForm, reported, reporting, reportPlace } from "../incidents/report-form";
import { placeMarker } from "../incidents/layer";
import { openIncidents } from "../incidents/store";
import { type Drawing, makeDrawing, measure } from "../map/draw";
import type { MapLibre } from "../map/map";
import { drawing as drawingNow, MapView } from "../map/view";
import { Accounts, managing } from "../people/accounts";
import { assigning, pickedGroups, pickGrid } from "../people/assign";
import { AssignPanel } from "../people/assign-panel";
import { begin, session } from "../realtime/store";
import { age, now } from "../time";
import { Demo, Freshness, LanguageSwitch, placeNames, Seal, SignOut } from "../ui/parts";
import { type Key, say } from "../words";
import "../ui/tokens.css";
import "./plan.css";

type Tool = "polygon" | "circle" | "corridor" | "pickGrids";
const HINTS: Record<Tool, Key> = { polygon: "drawHint", circle: "circleHint", corridor: "corridorHint", pickGrids: "pickHint" };
const tool = signal<Tool | null>(null);
const crossed = signal(false);
const tab = signal<"tabSend" | "tabIncidents" | "tabAssign" | "tabAccounts">("tabSend");
const TABS = ["tabSend", "tabIncidents", "tabAssign", "tabAccounts"] as const;
/** A township's head comes here to assign, and for nothing else. */
const myTabs = computed(() => TABS.filter((name) => (session.value?.user.role === "township_head" ? name === "tabAssign" : name !== "tabAccounts" || session.value?.user.role === "commander")));
effect(() => {
  const [first] = myTabs.value;
  if (first && !myTabs.value.includes(tab.value)) tab.value = first;
});
effect(() => {
  assigning.value = tab.value === "tabAssign";
  managing.value = tab.value === "tabAccounts";
});
let drawing: Drawing | null = null;

function choose(wanted: Tool): void {
  tool.value = wanted;
  reporting.value = false;
  chosen.value = null;
  tab.value = "tabSend";
  area.value = null;
  if (wanted === "pickGrids") drawing?.stop();
  else drawing?.start(wanted);
}

const drawable = (): boolean => tool.value !== null && tool.value !== "pickGrids";

function clear(): void {
  tool.value = null;
  drawing?.stop();
  area.value = null;
}

function startReport(): void {
  clear();
  tab.value = "tabIncidents";
  beginReport();
}

function turn(wanted: typeof tab.value): void {
  if (wanted === "tabAssign" || wanted === "tabAccounts") {
    clear();
    reporting.value = false;
  }
  tab.value = wanted;
}

function onReady(map: MapLibre): void {
  drawing = makeDrawing(map, (shape) => tool.value !== "pickGrids" && (area.value = shape), (bad) => (crossed.value = bad));
  showPicked(map, []);
  map.on("click", (event) => {
    if (assigning.value) pickGrid(groupAt(map, event.point.x, event.point.y)?.code);
    else if (reporting.value) reportPlace.value = [event.lngLat.lng, event.lngLat.lat];
    else if (tool.value === "pickGrids") pick(groupAt(map, event.point.x, event.point.y)?.code);
  });
  effect(() => void (drawingNow.value = area.value !== null));
  const point = placeMarker(map);
  effect(() => point(reporting.value ? reportPlace.value : null));
  effect(() => {
    if (reported.value) map.jumpTo({ center: reported.value.location as [number, number], zoom: 12.6 });
  });
  effect(() => {
    if (!chosen.value) return;
    tool.value = null; // what was drawn is on its way: the broadcast's own area is shown instead
    drawing?.stop();
  });
  effect(() => {
    if (updating.value && area.peek()) show(area.peek() as Area);
  });
  effect(() => showPicked(map, assigning.value ? pickedGroups.value : area.value?.type === "grids" ? area.value.codes : []));
  effect(() => {
    const row = chosenBroadcast.value;
    if (row) map.fitBounds(boxOf(row), { padding: 120, maxZoom: 14, duration: 0 });
  });
  effect(() => void (map.getContainer().dataset["tool"] = tool.value ?? ""));
}

/** Put an area on the map that was drawn before; until somebody changes it, it stays exactly what it was. */
function show(wanted: Area): void {
  tool.value = wanted.type === "grids" ? "pickGrids" : wanted.type === "Polygon" ? "polygon" : wanted.type;
  if (wanted.type === "grids") drawing?.stop();
  else drawing?.show(wanted);
  area.value = wanted;
}

function pick(code: string | undefined): void {
  if (!code) return;
  const codes = area.value?.type === "grids" ? area.value.codes : [];
  const rest = codes.filter((known) => known !== code);
  const next = rest.length === codes.length ? [...codes, code] : rest;
  area.value = next.length ? { type: "grids", codes: next } : null;
}

function Tools() {
  return (
    <div class="tools" role="toolbar">
      {(["polygon", "circle", "corridor", "pickGrids"] as const).map((name) => <button key={name} type="button" class={tool.value === name ? "chosen" : ""} aria-pressed={tool.value === name} onClick={() => choose(name)}>{say(name)}</button>)}
      <button type="button" disabled={!drawable()} onClick={() => drawing?.undo()}>{say("undo")}</button>
      <button type="button" disabled={!drawable()} onClick={() => drawing?.redo()}>{say("redo")}</button>
      <button type="button" onClick={clear}>{say("clear")}</button>
      <button type="button" class="report-tool" aria-pressed={reporting.value} onClick={startReport}>{say("report")}</button>
    </div>
  );
}

function Hint() {
  const shape = area.value;
  if (reporting.value) return <p class="hint">{say("reportHere")}</p>;
  if (crossed.value && tool.value === "polygon" && !shape) return <p class="hint bad" role="alert">{say("crossed")}</p>;
  if (shape && shape.type !== "grids") {
    const { length, area: size } = measure(shape);
    return <p class="hint">{say(shape.type === "corridor" ? "lineLength" : "length", { n: length.toFixed(2) })} · {say("area", { n: size.toFixed(2) })}</p>;
  }
  return tool.value ? <p class="hint">{say(HINTS[tool.value])}</p> : null;
}

function IncidentsPanel() {
  return (
    <section>
      {reporting.value && <ReportForm />}
      {reported.value && !reporting.value && <p class="took" role="status">{say("reportDone", { n: reported.value.number })}</p>}
      <ul class="incidents">{openIncidents.value.map((incident) => (
        <li key={incident.id}><Seal incident={incident} /><div><b>{incident.title}</b><small>{placeNames(incident)}</small></div><time>{age(incident.reported_at, now.value)}</time></li>
      ))}</ul>
      {openIncidents.value.length === 0 && !reporting.value && <p class="note">{say("noIncidents")}</p>}
    </section>
  );
}

function Plan() {
  return (
    <main class="plan">
      <header>
        <h1>{say("planTitle")}</h1>
        <Demo shown={session.value?.demo ?? false} />
        {myTabs.value.map((name) => <button key={name} type="button" class={tab.value === name ? "tab chosen" : "tab"} onClick={() => turn(name)}>{say(name)}{name === "tabSend" && forMe.value.length > 0 ? ` ${forMe.value.length}` : ""}</button>)}
        <span class="who">{session.value?.user.name} · <Freshness /></span>
        <a class="quiet" href="/register">{say("registerTitle")}</a>
        <LanguageSwitch />
        <SignOut />
      </header>
      <section class="view"><MapView interactive level="group" labelSize={16} beside={chosenBroadcast} onReady={onReady} />{(tab.value === "tabSend" || tab.value === "tabIncidents") && <><Tools /><Hint /></>}</section>
      <aside>
        {tab.value === "tabAccounts" ? <Accounts /> : tab.value === "tabAssign" ? <AssignPanel /> : tab.value === "tabIncidents" ? <IncidentsPanel /> : chosen.value ? <Detail /> : <><Waiting /><Composer resize={(radius) => drawing?.resize(radius)} /><DeskList /></>}
      </aside>
    </main>
  );
}

void begin();
void loadGrids();
render(<Plan />, document.getElementById("face") as HTMLElement);
