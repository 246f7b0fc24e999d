// The planner's desk: draw the area, see at once who is in it, write, have it approved, send.
import { computed, effect, signal, untracked } from "@preact/signals";
import { render } from "preact";
import { AreaChoice } from "../broadcasts/area-choice";
import { RelayedWarning } from "../broadcasts/relayed";
import { type Box, boxAround, boxOf, outlineLayer } from "../broadcasts/layer";
import { Composer } from "../broadcasts/composer";
import { followDraft } from "../broadcasts/desk-draft";
import { DeskList, forMe, Standing, toReview, toSend, Waiting } from "../broadcasts/desk-list";
import { Detail } from "../broadcasts/detail";
import { canRedo, canUndo, forgetSteps, remember, type Step, stepBack, stepForth } from "../broadcasts/steps";
import { turned } from "../broadcasts/picking";
import { loadTemplates } from "../broadcasts/templates";
import { area, type Area, chosen, chosenBroadcast, exclude, excluding, fault as faulty, preview, sketch, toShow } from "../broadcasts/draft";
import { Callups } from "../callups/callups";
import { ringForCallups } from "../callups/ring";
import { mineToAnswer, mineToReach } from "../callups/store";
import { Orders } from "../orders/orders";
import { groupAt, groupsIn, showInside, showPicked } from "../grids/layer";
import { loadGrids } from "../grids/store";
import { calls, HelpCalls, IncidentsPanel } from "../incidents/desk";
import { reported } from "../incidents/outbox";
import { beginReport, reporting, reportPlace } from "../incidents/report-form";
import { placeMarker } from "../incidents/layer";
import { boxPick } from "../map/box-pick";
import { faultMarker } from "../map/fault-marker";
import { COARSE, type Drawing, makeDrawing, measure, type Ring, ringOf } from "../map/draw";
import { round } from "../map/ground";
import type { MapLibre } from "../map/map";
import { drawing as drawingNow, MapView } from "../map/view";
import { Accounts, managing } from "../people/accounts";
import { assigning, pickedGroups, pickGrid } from "../people/assign";
import { AssignPanel } from "../people/assign-panel";
import { begin, session } from "../realtime/store";
import { Demo, Freshness, LanguageSwitch, SignOut } from "../ui/parts";
import { type Key, number, say } from "../words";
import { sendWhatWaits, unsent } from "./unsent";
import "../ui/tokens.css";
import "./plan.css";

type Tool = "polygon" | "freehand" | "circle" | "corridor" | "pickGrids";
const HINTS: Record<Tool, Key> = { polygon: "drawHint", freehand: "freehandHint", circle: "circleHint", corridor: "corridorHint", pickGrids: "pickHint" };
const TOOLS: Record<Area["type"], Tool | null> = { Polygon: "polygon", circle: "circle", corridor: "corridor", grids: "pickGrids", MultiPolygon: null, county: null };
const FIRST_RADIUS = 500; // metres, of a circle that a thumb tapped
const tool = signal<Tool | null>(null);
/** Where the border that is being drawn crosses itself. */
const crossed = signal<[number, number] | null>(null);
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
effect(() => {
  if (["commander", "planner"].includes(session.value?.user.role ?? "")) void loadTemplates();
});
let drawing: Drawing | null = null;
/** Where no map stands, or not yet, what is picked by name or taken up is the area all the same, before anything is taken out of it. */
effect(() => {
  if (toShow.value && !drawing) area.value = toShow.value;
});
effect(() => {
  if (!area.value && !drawing) toShow.value = null; // cleared, or on its way, before the map came: which must not bring it back
});
effect(() => {
  if (!area.value && chosen.value) forgetSteps(); // it is on its way
});

function choose(wanted: Tool): void {
  reporting.value = false;
  chosen.value = null;
  tab.value = "tabSend";
  if (held()) remember();
  tool.value = wanted;
  hold(null);
  if (wanted === "pickGrids" || (wanted === "circle" && COARSE)) drawing?.stop(); // a thumb taps the centre, and a slider makes it wider
  else drawing?.start(wanted);
}

/** What is drawn now is the area, or what is taken out of it. */
const held = (): Area | null => (excluding.value ? exclude.value : area.value);
function hold(shape: Area | null): void {
  if (excluding.value) exclude.value = shape;
  else area.value = shape;
}

/** Whether something else is looked at: what is drawn waits beside, and stands on the map again afterwards. */
const away = computed(() => chosen.value !== null || reporting.value || assigning.value || managing.value);
const shownArea = computed(() => (away.value ? null : area.value));

/** While the tools are laid aside or taken up again, what they tell is not drawn by anybody. */
let deaf = false;
/** Do something with the tools that makes them tell of other shapes; area and what is left out stay what they are. */
function keeping(put: () => void, cutting: boolean): void {
  deaf = true;
  put();
  deaf = false;
  excluding.value = cutting;
}

const layAside = (): void => keeping(() => { tool.value = null; drawing?.stop(); }, excluding.value);
const restore = (cutting: boolean): void => keeping(() => putOnTools(cutting ? exclude.value : area.value), cutting);
/** From now on the tools draw what is left out, or the area again; both stay as they are, and what is drawn now is on the tools. */
function turnExclude(): void {
  remember();
  restore(!excluding.value);
}

/** Let the tools hold an area, where they can; taking the one before off them tells that there is none any more. */
function putOnTools(shape: Area | null): void {
  tool.value = shape ? TOOLS[shape.type] : null;
  if (!shape || shape.type === "grids" || shape.type === "county" || shape.type === "MultiPolygon" || cornersOf(shape).length === 0) drawing?.stop();
  else drawing?.show(shape);
}

const drawable = (): boolean => tool.value !== null && tool.value !== "pickGrids";
const undo = (): void => void ((drawable() && drawing?.undo()) || back(stepBack()));
const redo = (): void => void ((drawable() && drawing?.redo()) || back(stepForth()));

function back(step: Step | null): void {
  if (!step) return;
  area.value = step.area;
  exclude.value = step.exclude;
  restore(step.excluding);
}

const [LARGEST, WIDEST] = [50_000, 20_000]; // metres, as geodata/shapes.py
/** A width is a step of its own: it is no corner, of which alone the drawing tool knows. */
function resize(metres: number): void {
  const shape = held();
  if (metres > (shape?.type === "corridor" ? WIDEST : LARGEST)) return; // the field says what it was
  if (shape?.type !== "corridor" && drawing) return drawing.resize(metres);
  if (shape?.type === "circle") return void (metres > 0 && hold({ ...shape, radius_m: metres })); // there is no map to draw it on
  if (shape?.type !== "corridor") return;
  if (!(metres > 0) || metres === shape.width_m) return;
  remember();
  hold({ ...shape, width_m: metres });
  restore(excluding.value);
}

function clear(): void {
  if (area.value) remember();
  tool.value = null;
  excluding.value = false;
  drawing?.stop();
  area.value = null;
}

function startReport(): void {
  tab.value = "tabIncidents";
  beginReport();
}

function turn(wanted: typeof tab.value): void {
  if (wanted !== "tabIncidents") reporting.value = false; // else what is drawn would stay out of sight, and be sent
  tab.value = wanted;
}

/** The corners of an area, none when it comes from elsewhere and is no area at all: the server says what is wrong, and where. */
function cornersOf(wanted: Exclude<Area, { type: "grids" | "county" }>): Ring {
  const said: unknown[] = wanted.type === "circle" ? ringOf(wanted.center, wanted.radius_m) : wanted.type === "corridor" ? wanted.line : wanted.type === "Polygon" ? wanted.coordinates.flat() : wanted.coordinates.flat(2);
  return said.every((corner) => Array.isArray(corner) && corner.length === 2 && Math.abs(Number(corner[0])) <= 180 && Math.abs(Number(corner[1])) <= 90) ? (said as Ring) : [];
}

/** Where the area of a recipe lies, for the map to go there; grids are where their tiles say, and stay as the map is. */
function boundsOf(wanted: Area): Box | null {
  if (wanted.type === "grids" || wanted.type === "county") return null;
  const corners = cornersOf(wanted);
  return corners.length > 0 ? boxAround(corners) : null;
}

function onReady(map: MapLibre): void {
  drawing = makeDrawing(map, (shape) => !deaf && tool.value !== "pickGrids" && hold(shape), (shape) => (sketch.value = shape), (at) => (crossed.value = at));
  showPicked(map, []);
  effect(() => map.doubleClickZoom[tool.value === "pickGrids" ? "disable" : "enable"]()); // two clicks are two picks there
  map.boxZoom.disable(); // it swallows a click with shift, which picks a village here
  boxPick(map, () => tool.value === "pickGrids", (box) => add(groupsIn(map, box)));
  const fault = faultMarker(map);
  effect(() => fault(tool.value === "polygon" && !held() ? crossed.value : away.value ? null : faulty.value, crossed.value ? "crossedHere" : "faultHere"));
  map.on("click", (event) => {
    if (tool.value === "circle" && COARSE && !held()) return drawing?.show({ type: "circle", center: [round(event.lngLat.lng), round(event.lngLat.lat)], radius_m: FIRST_RADIUS });
    if (assigning.value) pickGrid(groupAt(map, event.point.x, event.point.y)?.code);
    else if (reporting.value) reportPlace.value = [event.lngLat.lng, event.lngLat.lat];
    else if (tool.value === "pickGrids") pick(groupAt(map, event.point.x, event.point.y)?.code, event.originalEvent.shiftKey);
  });
  effect(() => void (drawingNow.value = shownArea.value !== null));
  const point = placeMarker(map);
  effect(() => point(reporting.value ? reportPlace.value : null));
  effect(() => {
    if (reported.value && untracked(() => tab.value === "tabIncidents")) map.jumpTo({ center: reported.value.location as [number, number], zoom: 12.6 });
  });
  effect(() => {
    const looking = away.value;
    untracked(() => (looking ? layAside() : restore(excluding.value)));
  });
  effect(() => {
    if (!toShow.value) return;
    show(toShow.value);
    const box = boundsOf(toShow.value);
    if (box) map.fitBounds(box, { padding: 160, maxZoom: 14, duration: 0 });
    toShow.value = null;
  });
  let inside = new Set<number>();
  effect(() => {
    const picked = !shownArea.value || shownArea.value.type === "grids" || shownArea.value.type === "county"; // marked already, group by group
    const groups = new Set(picked ? [] : (preview.value?.by_grid ?? []).map((row) => row.no));
    afterFigures(() => {
      showInside(map, groups, inside);
      inside = groups;
    });
  });
  const outline = outlineLayer(map);
  effect(() => outline(shownArea.value ? (preview.value?.outline ?? null) : null));
  effect(() => showPicked(map, assigning.value ? pickedGroups.value : codesOf(shownArea.value), assigning.value ? [] : codesOf(shownArea.value && exclude.value)));
  effect(() => {
    const row = chosenBroadcast.value;
    if (row) map.fitBounds(boxOf(row), { padding: 120, maxZoom: 14, duration: 0 });
  });
  effect(() => void (map.getContainer().dataset["tool"] = tool.value ?? ""));
}

/** Do what has the map drawn anew once the figures stand: they are what is waited for, and the map's frame would hold theirs up. */
const afterFigures = (paint: () => void): void => void requestAnimationFrame(() => setTimeout(paint));

/** Put an area on the map that was drawn before; until somebody changes it, it stays exactly what it was. */
function show(wanted: Area): void {
  if (area.value) remember();
  keeping(() => putOnTools(wanted), false);
  area.value = wanted;
}

/** Pick groups in addition to those picked already. */
function add(groups: string[]): void {
  const codes = codesOf(held());
  const fresh = groups.filter((group) => !codes.some((known) => group.startsWith(known)));
  if (fresh.length === 0) return;
  remember();
  hold({ type: "grids", codes: [...codes, ...fresh] });
}

const VILLAGE_DIGITS = 12;
/** Pick a group, or with shift all of its village; what is picked already is taken back. */
function pick(group: string | undefined, village: boolean): void {
  if (!group) return;
  const code = village ? group.slice(0, VILLAGE_DIGITS) : group;
  const codes = codesOf(held());
  remember();
  const next = turned(codes, code);
  hold(next.length ? { type: "grids", codes: next } : null);
}

/** The grids that an area marks on the map; the whole county only once its name was right. */
const codesOf = (shape: Area | null): string[] => (shape?.type === "grids" ? shape.codes : shape?.type === "county" && preview.value ? [session.value?.user.grids[0] ?? ""] : []);

function Tools() {
  return (
    <div class="tools" role="toolbar">
      {(["polygon", "freehand", "circle", "corridor", "pickGrids"] as const).map((name) => <button key={name} type="button" class={tool.value === name ? "chosen" : ""} aria-pressed={tool.value === name} onClick={() => choose(name)}>{say(name)}</button>)}
      <button type="button" disabled={!shownArea.value} class={excluding.value ? "chosen" : ""} aria-pressed={excluding.value} onClick={turnExclude}>{say("exclude")}</button>
      <button type="button" disabled={away.value || (!drawable() && !canUndo.value)} onClick={undo}>{say("undo")}</button>
      <button type="button" disabled={away.value || (!drawable() && !canRedo.value)} onClick={redo}>{say("redo")}</button>
      <button type="button" disabled={away.value} onClick={clear}>{say("clear")}</button>
      <button type="button" class="report-tool" aria-pressed={reporting.value} onClick={startReport}>{say("report")}</button>
    </div>
  );
}

function Hint() {
  const shape = away.value ? null : (held() ?? sketch.value);
  if (reporting.value) return <p class="hint">{say("reportHere")}</p>;
  if (crossed.value && tool.value === "polygon" && !held()) return <p class="hint bad" role="alert">{say("crossed")}</p>;
  if (excluding.value && !shape && !tool.value) return <p class="hint">{say("excludeHint")}</p>;
  if (shape && shape.type !== "grids" && shape.type !== "county" && shape.type !== "MultiPolygon" && cornersOf(shape).length > 0) {
    const { length, area: size } = measure(shape);
    return <p class="hint">{say(shape.type === "corridor" ? "lineLength" : "length", { n: length.toFixed(2) })} · {say("area", { n: size.toFixed(2) })}{exclude.value && !excluding.value ? say("withoutLess") : ""}</p>;
  }
  return tool.value ? <p class="hint">{say(HINTS[tool.value])}</p> : null;
}

const waiting = computed(() => forMe.value.length + toReview.value.length + toSend.value.length + mineToAnswer.value.length + mineToReach.value.length);
const badge = (name: (typeof TABS)[number]): string => {
  const n = name === "tabSend" ? waiting.value : name === "tabIncidents" ? calls.value.length : 0;
  return n > 0 ? ` ${number(n)}` : "";
};

function Plan() {
  return (
    <main class="plan">
      <header>
        <h1>{say("planTitle")}</h1>
        <Demo shown={session.value?.demo ?? false} />
        {myTabs.value.map((name) => <button key={name} type="button" class={tab.value === name ? "tab chosen" : "tab"} aria-current={tab.value === name ? "page" : undefined} onClick={() => turn(name)}>{say(name)}{badge(name)}</button>)}
        <span class="who">{session.value?.user.name} · <Freshness /></span>
        <a class="quiet" href="/register">{say("registerTitle")}</a>
        <LanguageSwitch />
        <SignOut unsent={unsent.value} />
      </header>
      <section class="view"><MapView interactive level="group" labelSize={16} beside={chosenBroadcast} onReady={onReady} />{(tab.value === "tabSend" || tab.value === "tabIncidents") && <><Tools /><Hint /></>}</section>
      <aside>
        <Callups />
        {tab.value === "tabAccounts" ? <Accounts /> : tab.value === "tabAssign" ? <AssignPanel /> : tab.value === "tabIncidents" ? <IncidentsPanel /> : <><HelpCalls look={() => turn("tabIncidents")} />{chosen.value ? <Detail /> : <><Standing /><Orders /><Waiting /><AreaChoice /><RelayedWarning /><Composer resize={resize} /><DeskList /></>}</>}
      </aside>
    </main>
  );
}

void begin();
followDraft();
sendWhatWaits();
ringForCallups();
void loadGrids();
render(<Plan />, document.getElementById("face") as HTMLElement);
