// A grid officer in the hills: my grids, my people, my tasks; one thumb. The next door to knock on comes first.
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { api, take } from "../api";
import { followKnocks } from "../broadcasts/knocks";
import { toVisit, toVisitInAll } from "../broadcasts/ticks";
import { TaskList, Ticked } from "../broadcasts/task-list";
import { Callups } from "../callups/callups";
import { audible } from "../broadcasts/ring";
import { ringForCallups } from "../callups/ring";
import { mineToAnswer, mineToReach } from "../callups/store";
import { groupAt } from "../grids/layer";
import { loadGrids, townships } from "../grids/store";
import { placeMarker } from "../incidents/layer";
import { openIncidents } from "../incidents/store";
import { beginReport, placeTrouble, Reported, ReportForm, reporting, reportPlace, roughly } from "../incidents/report-form";
import type { Box, MapLibre } from "../map/map";
import { Orders } from "../orders/orders";
import { mineToConfirm } from "../orders/store";
import { MapView } from "../map/view";
import { knockMarkers } from "../broadcasts/knock-layer";
import { Code } from "../people/code";
import { doorAt, doorMarks } from "../people/door-layer";
import { doors, openDoor, openGroup } from "../people/doors";
import { Duty, followDuty } from "../people/duty";
import { followHandovers, handovers, HandoverTasks } from "../people/handovers";
import { JoinQueue } from "../people/join-queue";
import { followJoins, waitingCount } from "../people/joins";
import { GridList } from "../people/grid-list";
import { PeopleList } from "../people/people-list";
import { openPerson } from "../people/person";
import { corrections, CorrectionTasks, followCorrections } from "../register/corrections";
import { begin, denied, session, state } from "../realtime/store";
import { Demo, Freshness, LanguageSwitch, SignOut } from "../ui/parts";
import { number, say } from "../words";
import { OthersUnsent, sendWhatWaits, unsent } from "./unsent";
import "../ui/tokens.css";
import "./tablet.css";

const TABS = ["tabletTasks", "tabletGrids", "tabletPeople"] as const;
const tab = signal<(typeof TABS)[number]>("tabletTasks");
function onReady(ready: MapLibre): void {
  const place = knockMarkers(ready);
  effect(() => place(toVisit.value.map((door) => door.knock)));
  let fitted = false;
  effect(() => {
    const code = session.value?.user.grids[0];
    if (fitted || !code) return;
    fitted = true;
    void fit(ready, code);
  });
  const point = placeMarker(ready);
  effect(() => point(reporting.value ? reportPlace.value : null));
  const mark = doorMarks(ready);
  effect(() => mark(doors.value?.items ?? []));
  ready.on("click", (event) => {
    if (reporting.value) reportPlace.value = [event.lngLat.lng, event.lngLat.lat];
    else tap(ready, event.point.x, event.point.y);
  });
}

/** A tap on the map opens a door, or the group whose doors are to be shown. */
function tap(ready: MapLibre, x: number, y: number): void {
  const resident = doorAt(ready, x, y);
  const door = doors.value?.items.find((row) => row.resident === resident);
  const group = groupAt(ready, x, y);
  if (door) void openDoor(door);
  else if (group && session.value?.user.grids.some((code) => group.code.startsWith(code))) {
    openPerson(null);
    openGroup.value = group.code;
  } else return;
  tab.value = "tabletPeople";
}

const TRY_AGAIN = 3000;
async function fit(ready: MapLibre, code: string): Promise<void> {
  try {
    const { bbox } = await take(api.GET("/api/grids/{code}", { params: { path: { code } } }));
    ready.fitBounds(bbox as Box, { padding: 24, duration: 0 });
  } catch {
    setTimeout(() => void fit(ready, code), TRY_AGAIN);
  }
}

function myPlace(): string {
  const numbers = Object.keys(state.value.coverage).map(Number);
  return townships.value.filter((township) => numbers.some((no) => township.start <= no && no < township.end)).slice(0, 2).map((township) => township.name).join("、");
}

function startReport(): void {
  beginReport();
  reportPlace.value = roughly.value = null; // also where no map came: the satellites say where
}

/** In a valley the satellites may take minutes: they are looked for until there is a place. */
effect(() => {
  if (!reporting.value || reportPlace.value) return;
  const watch = navigator.geolocation?.watchPosition(
    ({ coords }) => {
      const m = Math.round(coords.accuracy);
      if (m < 100) return void (reportPlace.value = [coords.longitude, coords.latitude]);
      placeTrouble.value = say("placeRough", { m: number(m) });
      if (m < (roughly.peek()?.m ?? Infinity)) roughly.value = { at: [coords.longitude, coords.latitude], m };
    },
    () => void (placeTrouble.value = say("placeNone")),
    { enableHighAccuracy: true, maximumAge: 10_000 },
  );
  return () => watch !== undefined && navigator.geolocation.clearWatch(watch);
});

function Tablet() {
  const tasks = openIncidents.value.length + toVisitInAll.value + waitingCount.value + corrections.value.length + mineToConfirm.value.length + handovers.value.length + mineToAnswer.value.length + mineToReach.value.length;
  return (
    <main class="tablet">
      <header>
        <h1>{myPlace() || say(denied.value || !navigator.onLine ? "tabletGrids" : "loading")}</h1>
        <Demo shown={session.value?.demo ?? false} />
        <Freshness />
        {!audible.value && <span class="waits" role="status">{say("noSound")}</span>}
        <Duty />
        <span class="who">{session.value?.user.name}</span>
        {session.value?.user.role === "township_head" && <a class="quiet" href="/plan">{say("tabAssign")}</a>}
        <a class="quiet" href="/register">{say("registerTitle")}</a>
        <LanguageSwitch />
        <SignOut unsent={unsent.value} />
      </header>
      <section class="list">
        <Callups />
        {!reporting.value && <OthersUnsent />}
        {!reporting.value && <Ticked />}
        <Reported />
        {!reporting.value && tab.value === "tabletTasks" && <Orders />}
        {!reporting.value && <JoinQueue />}
        {!reporting.value && tab.value === "tabletTasks" && <HandoverTasks />}
        {denied.value ? <p class="nothing"><b>{denied.value}</b></p> : reporting.value ? <ReportForm /> : tab.value === "tabletTasks" ? <><TaskList total={tasks} /><CorrectionTasks /></> : tab.value === "tabletGrids" ? <GridList /> : <PeopleList />}
      </section>
      <section class="view">
        <MapView interactive level="group" labelSize={17} onReady={onReady} />
        {!reporting.value && !denied.value && <button type="button" class="danger report-button" onClick={startReport}>＋ {say("report")}</button>}
      </section>
      <Code />
      <nav>{TABS.map((name) => <button key={name} type="button" class={tab.value === name ? "chosen" : ""} aria-current={tab.value === name} onClick={() => (tab.value = name)}>{say(name)}{name === "tabletTasks" && tasks > 0 ? ` ${number(tasks)}` : ""}</button>)}</nav>
    </main>
  );
}

void begin();
ringForCallups();
void loadGrids();
followKnocks();
followHandovers();
followDuty();
followCorrections();
followJoins(() => session.value?.user.role ?? "");
sendWhatWaits();
// Opens without a signal after one visit, with the list that was read last.
void navigator.serviceWorker?.register("/worker.js", { scope: "/tablet" }).catch(() => undefined);
render(<Tablet />, document.getElementById("face") as HTMLElement);
