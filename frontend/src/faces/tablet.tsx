// A grid officer in the hills: my grids, my people, my tasks; one thumb. The next door to knock on comes first.
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { followKnocks, knocks } from "../broadcasts/knocks";
import { TaskList } from "../broadcasts/task-list";
import { loadGrids, townships, villages } from "../grids/store";
import { openIncidents } from "../incidents/store";
import { beginReport, ReportForm, reported, reporting, reportPlace } from "../incidents/report-form";
import type { MapLibre } from "../map/map";
import { MapView } from "../map/view";
import { knockMarkers } from "../broadcasts/knock-layer";
import { GridList } from "../people/grid-list";
import { PeopleList } from "../people/people-list";
import { begin, session, state } from "../realtime/store";
import { Demo, Freshness, LanguageSwitch } from "../ui/parts";
import { say } from "../words";
import "../ui/tokens.css";
import "./tablet.css";

const TABS = ["tabletTasks", "tabletGrids", "tabletPeople"] as const;
const tab = signal<(typeof TABS)[number]>("tabletTasks");
let map: MapLibre | null = null;

function onReady(ready: MapLibre): void {
  map = ready;
  const place = knockMarkers(ready);
  effect(() => place(knocks.value?.items ?? []));
  let fitted = false;
  effect(() => {
    const numbers = Object.keys(state.value.coverage).map(Number);
    const mine = villages.value.filter((village) => numbers.some((no) => village.start <= no && no < village.end));
    if (fitted || mine.length === 0) return;
    fitted = true;
    const lons = mine.map((village) => village.lon);
    const lats = mine.map((village) => village.lat);
    ready.fitBounds([Math.min(...lons) - 0.012, Math.min(...lats) - 0.012, Math.max(...lons) + 0.012, Math.max(...lats) + 0.012], { padding: 16, duration: 0 });
  });
  ready.on("click", (event) => reporting.value && (reportPlace.value = [event.lngLat.lng, event.lngLat.lat]));
}

function myPlace(): string {
  const numbers = Object.keys(state.value.coverage).map(Number);
  return townships.value.filter((township) => numbers.some((no) => township.start <= no && no < township.end)).slice(0, 2).map((township) => township.name).join("、");
}

function startReport(): void {
  beginReport();
  const centre = map?.getCenter();
  reportPlace.value = null;
  if (!centre) return;
  navigator.geolocation?.getCurrentPosition(
    (fix) => fix.coords.accuracy < 100 && reporting.value && (reportPlace.value ??= [fix.coords.longitude, fix.coords.latitude]),
    () => undefined,
    { enableHighAccuracy: true, timeout: 8000 },
  );
}

function Tablet() {
  const tasks = openIncidents.value.length + (knocks.value?.total ?? 0);
  return (
    <main class="tablet">
      <header>
        <h1>{myPlace() || say("loading")}</h1>
        <Demo shown={session.value?.demo ?? false} />
        <Freshness />
        <span class="who">{session.value?.user.name}</span>
        <LanguageSwitch />
      </header>
      <section class="list">
        {reporting.value ? <ReportForm /> : tab.value === "tabletTasks" ? <TaskList total={tasks} /> : tab.value === "tabletGrids" ? <GridList /> : <PeopleList />}
        {reported.value && !reporting.value && <p class="done" role="status">{say("reportDone", { n: reported.value.number })}</p>}
      </section>
      <section class="view">
        <MapView interactive groupsAlways labelSize={17} onReady={onReady} />
        {!reporting.value && <button type="button" class="danger report-button" onClick={startReport}>＋ {say("report")}</button>}
      </section>
      <nav>{TABS.map((name) => <button key={name} type="button" class={tab.value === name ? "chosen" : ""} aria-current={tab.value === name} onClick={() => (tab.value = name)}>{say(name)}{name === "tabletTasks" && tasks > 0 ? ` ${tasks}` : ""}</button>)}</nav>
    </main>
  );
}

void begin();
void loadGrids();
followKnocks();
render(<Tablet />, document.getElementById("face") as HTMLElement);
