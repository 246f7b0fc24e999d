// The command centre's screen: is it live, what is burning, who is not accounted for; readable from 6 m, no names.
import { effect, useSignalEffect } from "@preact/signals";
import { render } from "preact";
import { boxOf } from "../broadcasts/layer";
import { alive, foremost, isEvacuation, missingWithin } from "../broadcasts/store";
import { OtherBroadcasts, RunningBroadcast, UnfinishedEvacuations } from "../broadcasts/wall-card";
import { showAround } from "../grids/layer";
import { grids, groups, loadGrids, placeOf, villages } from "../grids/store";
import { WallIncidents } from "../incidents/wall-list";
import { Legend } from "../map/legend";
import type { Box, MapLibre } from "../map/map";
import { MapView } from "../map/view";
import { countyCoverage, percent, percentHere, weakest } from "../people/coverage";
import { begin, denied, ready, session, state } from "../realtime/store";
import { clockWithSeconds, day, now, when } from "../time";
import { Demo, Freshness } from "../ui/parts";
import { language, number, say } from "../words";
import { tickerLines } from "../realtime/ticker";
import "../ui/tokens.css";
import { large, room } from "./wall-settings";
import { Silence, soundWhatComes } from "./wall-sound";
import { focus, stop, stopBox, TourStop } from "./wall-tour";
import "./wall.css";

const padding = () => ({ top: Math.round(innerHeight * 0.05 * room), bottom: Math.round(innerHeight * (large ? 0.11 : 0.1) * room), left: 24, right: 24 }); // clear of the legend
const CLOSEST = 13.5; // at 1080 lines; a screen with twice as many shows the same area one zoom closer

function followFocus(map: MapLibre): void {
  const county = grids.value?.bbox as Box;
  const fit = (): void => {
    const broadcast = alive.peek().find((row) => row.id === focus.peek());
    map.fitBounds(stopBox.peek() ?? (broadcast ? boxOf(broadcast) : county), { padding: padding(), maxZoom: CLOSEST + Math.log2(innerHeight / 1080), duration: 0 });
  };
  effect(() => {
    void focus.value;
    void stopBox.value;
    fit();
  });
  effect(() => showAround(map, stop.value?.no ?? null));
  map.on("resize", fit);
}

function Figure({ value, label, alarm = false }: { value: string; label: string; alarm?: boolean }) {
  return <div class={alarm ? "figure alarm" : "figure"}><b>{value}</b><span>{label}</span></div>;
}

function Left() {
  const total = countyCoverage.value;
  const shown = (n: number): string => (ready.value ? number(n) : "–"); // no data is not zero
  return (
    <section class="left">
      <h2>{say("reachable")}</h2>
      <p class="key"><b>{percent(total.connected, total.registered)}</b>%</p>
      <div class="bar"><i ref={(bar) => void (bar && (bar.style.width = total.registered ? `${percent(total.connected, total.registered)}%` : "0"))} /></div>
      <p class="beside">{say("reachableOf", { some: shown(total.connected), all: shown(total.registered) })}</p>
      <p class="without-away">{say("rateWithoutAway", { p: percentHere(total.connected, total.registered - total.away) })}</p>
      <div class="figures">
        <Figure value={shown(villages.value.length)} label={say("villages")} />
        <Figure value={shown(groups.value.length)} label={say("groups")} />
        <Figure value={shown(state.value.uncovered.length)} label={say("uncovered")} alarm={state.value.uncovered.length > 0} />
        <Figure value={shown(Object.keys(state.value.onDuty).length)} label={say("officersOnDuty")} />
      </div>
      {foremost.value.some(isEvacuation) ? <MostMissing /> : weakest.value.length > 0 && <section class="card">
        <h3>{say("weakGroups")}</h3>
        <ul>{weakest.value.map((group) => {
          const at = placeOf(group.no);
          return <li key={group.no}><span>{at.township}<br />{at.village} {at.group}</span><b class="weak">{group.connected} / {group.registered}</b></li>;
        })}</ul>
      </section>}
    </section>
  );
}

const VILLAGES = 4;

/** While people are being moved: the villages where most are not accounted for. */
function MostMissing() {
  const rows = villages.value.map((village) => ({ village, ...missingWithin(village) })).filter((row) => row.missing > 0);
  return (
    <section class="card">
      <h3>{say("mostMissing")}</h3>
      <ul>{rows.sort((a, b) => b.missing - a.missing).slice(0, VILLAGES).map(({ village, missing, of }) => (
        <li key={village.no}><span>{placeOf(village.start).township}<br />{village.name}</span><b class="gone">{number(missing)} / {number(of)}</b></li>
      ))}</ul>
    </section>
  );
}

function Wall() {
  useSignalEffect(() => void (document.title = say("wallTitle", { county: "隆回县" })));
  return (
    <main class="wall" data-large={large || undefined} ref={(wall) => wall?.style.setProperty("--room", String(room))}>
      <header>
        <h1>{say("wallTitle", { county: "隆回县" })}</h1>
        <Demo shown={session.value?.demo ?? false} />
        <Freshness />
        <time class="clock">{clockWithSeconds(now.value)}</time>
        <span class="date">{day(now.value, language.value)}</span>
        {session.value && session.value.user.role !== "wall" && <a class="desk" href="/plan">{say("toDesk")} ›</a>}
      </header>
      <Left />
      <section class="middle">
        <MapView interactive={false} level="near" labelSize={Math.round(innerHeight * 0.023 * room)} onReady={followFocus} />
        <TourStop />
        <Legend />
      </section>
      <section class="right">
        {ready.value ? <><UnfinishedEvacuations /><RunningBroadcast /><OtherBroadcasts /><WallIncidents /></> : <section class="card"><h3>{denied.value || say("loading")}</h3></section>}
      </section>
      <footer><Silence />{ready.value && tickerLines.value.length === 0 && <span>{say("ticker_nothing")}</span>}{tickerLines.value.map((line) => <span key={line.at + line.text}><b>{when(line.at, language.value)}</b>{line.text}</span>)}</footer>
    </main>
  );
}

void begin();
void loadGrids();
soundWhatComes();
render(<Wall />, document.getElementById("face") as HTMLElement);
