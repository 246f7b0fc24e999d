// Areas that nobody has to draw: saved ones, those of earlier broadcasts, GeoJSON from elsewhere, and the whole county.
import { signal } from "@preact/signals";
import { api, key, take } from "../api";
import { FileChoice } from "../ui/file-choice";
import { why } from "../ui/parts";
import type { Geofence } from "../wire";
import { say } from "../words";
import { type Area, area, exclude, excluding, refused, toShow, tried, updating } from "./draft";
import { readCorners, readGeoJSON } from "./geojson";
import { GridChoice } from "./grid-choice";
import { headlineOf } from "./level";
import { alerts } from "./store";
import { Corners } from "./corners";
import "./area-choice.css";

const geofences = signal<Geofence[]>([]);
const name = signal("");
const folder = signal("");
const county = signal("");
const saved = signal("");
const open = signal(false);
const sure = signal("");
const EARLIER = 20;

async function loadGeofences(): Promise<void> {
  saved.value = "";
  try {
    geofences.value = (await take(api.GET("/api/geofences"))).items;
  } catch (error) {
    refused.value = why(error); // and nothing is cleared while it loads: what was refused meanwhile is of a press
  }
}

async function save(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const wanted = area.value;
  if (!wanted) return;
  saved.value = "";
  await tried(async () => {
    const fence = await take(api.POST("/api/geofences", { headers: key(), body: { name: name.value, folder: folder.value, area: wanted as unknown as Record<string, unknown>, exclude: exclude.value as unknown as Record<string, unknown> | null } }));
    geofences.value = [...geofences.value, fence];
    saved.value = fence.name;
    name.value = "";
  });
}

async function retire(fence: Geofence): Promise<void> {
  saved.value = "";
  await tried(async () => {
    await take(api.POST("/api/geofences/{id}/retire", { headers: key(), params: { path: { id: fence.id } } }));
    geofences.value = geofences.value.filter((row) => row.id !== fence.id);
  });
}

/** Take up an area, and what is taken out of it: nothing of the one before. */
function use(wanted: Area, less: Area | null = null): void {
  saved.value = "";
  open.value = false;
  toShow.value = wanted;
  exclude.value = less; // after the area: without one nothing can be taken out of it
}

/** A circle around a place that was told over the telephone; the server says when the two numbers are the wrong way round. */
function around(said: FormData): void {
  const corners = readCorners(String(said.get("at")));
  const [lon = NaN, lat = NaN] = (typeof corners !== "number" && corners.length === 1 && corners[0]) || [];
  use({ type: "circle", center: [lon, lat], radius_m: Number(said.get("metres")) });
}

function read(text: string): void {
  const found = readGeoJSON(text);
  if (typeof found === "string") refused.value = say(found);
  else use(found);
}

export function AreaChoice() {
  if (updating.value && area.value) return null;
  return (
    <details class="area-choice" data-testid="area-choice" open={open.value} onToggle={(event) => { open.value = event.currentTarget.open; if (open.value) void loadGeofences(); }}>
      <summary>{say("areaElse")}</summary>
      <Saved />
      {open.value && refused.value && <p class="refused" role="alert">{refused.value}</p>}
      {open.value && <GridChoice />}
      <label class="field"><span>{say("areaEarlier")}</span><select name="earlier" value="" onChange={(event) => { const row = alerts.value.find((one) => one.id === event.currentTarget.value); if (row) use(row.selection["area"] as Area, (row.selection["exclude"] as Area | undefined) ?? null); event.currentTarget.value = ""; }}>
        <option value="">{say("areaEarlierPick")}</option>
        {alerts.value.slice(0, EARLIER).map((row) => <option key={row.id} value={row.id}>{headlineOf(row)}</option>)}
      </select></label>
      <form onSubmit={(event) => { event.preventDefault(); read(String(new FormData(event.currentTarget).get("geojson") ?? "")); }}>
        <label class="field"><span>{say("areaPaste")}</span><textarea name="geojson" rows={2} spellcheck={false} placeholder='{"type": "Polygon", "coordinates": …}' /></label>
        <button type="submit" class="secondary">{say("areaUse")}</button>
      </form>
      <FileChoice name="geojson-file" accept=".json,.geojson,application/geo+json" then={(file) => void file.text().then(read)} />
      {!excluding.value && <Corners use={(wanted, same) => use(wanted, same ? exclude.value : null)} />}
      <form onSubmit={(event) => { event.preventDefault(); around(new FormData(event.currentTarget)); }}>
        <div class="row">
          <label class="field"><span>{say("areaAt")}</span><input name="at" required inputMode="decimal" placeholder="111.032, 27.116" /></label>
          <label class="field"><span>{say("areaRadius")}</span><input name="metres" type="number" required min={1} max={50000} placeholder="500" /></label>
        </div>
        <button type="submit" class="secondary">{say("areaAround")}</button>
      </form>
      <form onSubmit={(event) => { event.preventDefault(); use({ type: "county", confirm: county.value }); }}>
        <label class="field"><span>{say("areaCounty")}</span><input name="county" required maxLength={20} value={county.value} onInput={(event) => (county.value = event.currentTarget.value)} /></label>
        <button type="submit" class="secondary">{say("areaCountyGo")}</button>
      </form>
    </details>
  );
}

function Saved() {
  const folders = [...new Set(geofences.value.map((row) => row.folder))].sort();
  return (
    <section data-testid="geofences">
      {folders.map((one) => (
        <div key={one} class="folder"><h4>{one || say("areaNoFolder")}</h4><ul>{geofences.value.filter((row) => row.folder === one).map((row) => (
          <li key={row.id}><button type="button" class="secondary" onClick={() => use(row.recipe as unknown as Area, row.exclude as unknown as Area | null)}>{row.name}</button><button type="button" class="quiet" aria-label={`${say("areaRetire")} ${row.name}`} onClick={() => (sure.value === row.id ? void retire(row) : (sure.value = row.id))}>{sure.value === row.id ? say("areaRetireSure") : "×"}</button></li>
        ))}</ul></div>
      ))}
      {geofences.value.length === 0 && <p class="note">{say("areaNone")}</p>}
      {area.value && !excluding.value && area.value.type !== "county" && (
        <form class="row" onSubmit={(event) => void save(event)}>
          <label class="field"><span>{say("areaName")}</span><input name="fence" required minLength={2} maxLength={40} value={name.value} onInput={(event) => (name.value = event.currentTarget.value)} /></label>
          <label class="field"><span>{say("areaFolder")}</span><input name="folder" maxLength={40} value={folder.value} onInput={(event) => (folder.value = event.currentTarget.value)} /></label>
          <button type="submit" class="secondary">{say("areaSave")}</button>
        </form>
      )}
      {saved.value && <p class="took" role="status">{say("areaSaved", { name: saved.value })}</p>}
    </section>
  );
}
