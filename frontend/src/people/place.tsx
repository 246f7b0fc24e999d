// Where this phone is, shared by the resident for some hours, visibly: so that a warning finds them on the road too.
import { computed, effect, signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { keepLocally, keptLocally } from "../kept";
import { distance } from "../map/ground";
import { now, when } from "../time";
import { why } from "../ui/parts";
import { language, say } from "../words";

const HOURS = [1, 4, 12];
const [OFTEN_MS, SELDOM_MS] = [20_000, 300_000];
const TRY_AGAIN_MS = 5_000;
const [FAR_M, LEAP_M] = [50, 1000];
/** Until when it is shared, as the server says; null while it is not. */
export const sharingUntil = signal<string | null>(null);
const on = computed(() => sharingUntil.value !== null && Date.parse(sharingUntil.value) > now.value);
const open = signal(false);
const trouble = signal("");
let told: { at: number; lon: number; lat: number } | null = null;

/** Stopped by the resident, though the server may not know yet: from the press on nothing is watched or told, over a reload too. */
const STOPPED = "gridmap.sharing-stopped";
const stopping = signal(keptLocally(STOPPED, false));
effect(() => {
  if (on.value && stopping.value) void stop();
});

/** While it is shared, and only then, the phone watches where it is. */
effect(() => {
  if (!on.value || stopping.value || !navigator.geolocation) return;
  const watch = navigator.geolocation.watchPosition(({ coords }) => void tell(coords), () => void (trouble.value = say("positionNone")), { enableHighAccuracy: true, maximumAge: 10_000 });
  return () => navigator.geolocation.clearWatch(watch);
});

let telling: Promise<void> | null = null;
let again: ReturnType<typeof setTimeout> | undefined;
let stopAgain: ReturnType<typeof setTimeout> | undefined;
let newest: GeolocationCoordinates | null = null;

/** Tell one fix after the other: two under way at once could arrive turned round, and leave the older place standing. */
async function tell(coords: GeolocationCoordinates): Promise<void> {
  newest = coords;
  if (telling) return;
  clearTimeout(again);
  telling = tellAll();
  await telling;
  telling = null;
}

async function tellAll(): Promise<void> {
  while (newest && !stopping.value && isNews(newest)) {
    const here: GeolocationCoordinates = newest;
    const { longitude: lon, latitude: lat, accuracy } = here;
    newest = null;
    const before = told;
    told = { at: now.value, lon, lat };
    try {
      await share(lon, lat, accuracy);
    } catch (error) {
      told = before;
      if (error instanceof Refusal && error.code === "place.over") sharingUntil.value = null;
      else again = setTimeout(() => on.value && void tell(newest ?? here), OFTEN_MS); // no signal in this valley
      return;
    }
  }
}

/** A place that hardly moved is told every few minutes, one on the road every twenty seconds, a leap at once. */
function isNews({ longitude: lon, latitude: lat }: GeolocationCoordinates): boolean {
  if (!told) return true;
  const moved = distance([lon, lat], [told.lon, told.lat]);
  const waited = now.value - told.at;
  return moved > LEAP_M || (moved > FAR_M && waited > OFTEN_MS) || waited > SELDOM_MS;
}

async function share(lon: number, lat: number, accuracy: number, hours?: number): Promise<void> {
  const body = { location: [lon, lat], accuracy_m: accuracy, ...(hours ? { hours } : {}) };
  const { until } = await take(api.POST("/api/place", { body }));
  if (hours || sharingUntil.value) sharingUntil.value = until; // stopped while the answer was on its way, it stays stopped
  trouble.value = "";
}

function begin(hours: number): void {
  trouble.value = "";
  keepLocally(STOPPED, false); // what was stopped before ran out meanwhile
  stopping.value = false;
  if (!navigator.geolocation) return void (trouble.value = say("positionNone"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => void share(coords.longitude, coords.latitude, coords.accuracy, hours).then(() => (open.value = false), (error: unknown) => (trouble.value = why(error))),
    () => void (trouble.value = say("positionNone")),
    { enableHighAccuracy: true, timeout: 15_000 },
  );
}

function pressStop(): void {
  keepLocally(STOPPED, true);
  stopping.value = true;
}

/** Have the server forget the place, as soon as there is a signal; after the fix that is on its way, which would come too late. */
async function stop(): Promise<void> {
  clearTimeout(again);
  clearTimeout(stopAgain);
  await telling;
  try {
    await take(api.DELETE("/api/place"));
    sharingUntil.value = told = null;
    keepLocally(STOPPED, false);
    stopping.value = false;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
    stopAgain = setTimeout(() => void stop(), TRY_AGAIN_MS);
  }
}

/** Shown above everything while it is shared: nobody may forget that it is. */
export function SharingNow() {
  if (!on.value) return null;
  if (stopping.value) return <p class="sharing-now" role="status" data-testid="sharing"><span>{say("sharingStops")}{trouble.value && <small>{trouble}</small>}</span></p>;
  return <p class="sharing-now" role="status" data-testid="sharing"><span>{say("sharingUntil", { time: when(sharingUntil.value ?? "", language.value) })}{trouble.value && <small>{trouble}</small>}</span><button type="button" class="secondary" onClick={pressStop}>{say("sharingStop")}</button></p>;
}

export function SharePlace() {
  if (on.value) return null;
  if (!open.value) return <button type="button" class="quiet" onClick={() => (open.value = true)}>{say("sharePlace")}</button>;
  return (
    <section class="devices" data-testid="share-place">
      <h2>{say("sharePlace")}</h2>
      <p>{say("sharePlaceHow")}</p>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <div class="answers">{HOURS.map((hours) => <button key={hours} type="button" class="secondary" onClick={() => begin(hours)}>{say("shareFor", { n: hours })}</button>)}</div>
      <button type="button" class="quiet" onClick={() => (open.value = false)}>{say("close")}</button>
    </section>
  );
}
