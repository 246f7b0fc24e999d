// On duty or off, by the officer's own word; it ends by itself after a day. While on duty, and only then, the place is shared.
import { effect, signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { session } from "../realtime/store";
import { when } from "../time";
import { why } from "../ui/parts";
import { keepAwake } from "../ui/awake";
import { language, say } from "../words";

const OFFICERS = new Set(["township_head", "officer", "auxiliary"]);
const EVERY = 30_000;
const since = signal<string | null>(null);
const known = signal(false);
const sharing = signal(false);

/** Find out whether one is on duty; until the answer comes there is no button. */
export function followDuty(): void {
  effect(() => {
    if (OFFICERS.has(session.value?.user.role ?? "")) void askDuty();
  });
}

async function askDuty(): Promise<void> {
  await told(take(api.GET("/api/duty")));
  if (!known.peek()) setTimeout(() => void askDuty(), EVERY);
}

const trouble = signal("");
/** An answer that does not come changes nothing: who goes off duty without a signal is still on it, and sees so. */
async function told(call: Promise<{ since: string | null }>): Promise<void> {
  try {
    since.value = (await call).since;
    known.value = true;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

const ROUGHEST = 100; // metres, as the server
const TOO_OLD_MS = 120_000;
let last: { lon: number; lat: number; accuracy: number; at: number } | null = null;
/** Where the officer on duty is, longitude and latitude; null when nobody knows. */
export const whereIAm = signal<[number, number] | null>(null);

function note({ coords }: GeolocationPosition): void {
  last = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: Date.now() };
  if (coords.accuracy <= ROUGHEST) whereIAm.value = [coords.longitude, coords.latitude];
}

effect(() => (since.value !== null ? keepAwake() : undefined));

/** Share the place while on duty; off duty nothing watches it. */
effect(() => {
  if (since.value === null || !navigator.geolocation) return;
  const watch = navigator.geolocation.watchPosition((fix) => {
    const first = last === null;
    note(fix);
    if (first) void share();
  }, () => undefined, { enableHighAccuracy: true });
  const timer = setInterval(() => void share(), EVERY);
  return () => {
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
    whereIAm.value = null;
    last = null;
  };
});

/** Who stands still hears nothing new of their place, and who has no satellites neither: asked, the first is told where they are. */
const lookAgain = (): Promise<void> =>
  new Promise((looked) => navigator.geolocation.getCurrentPosition((fix) => {
    if (since.peek() !== null) note(fix); // else off duty meanwhile
    looked();
  }, () => {
    last = whereIAm.value = null; // the officer may be over the hill by now
    looked();
  }, { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 }));

async function share(): Promise<void> {
  if (!last || Date.now() - last.at > TOO_OLD_MS) await lookAgain();
  if (!last || last.accuracy > ROUGHEST) return void (sharing.value = false);
  try {
    await take(api.POST("/api/positions", { body: { location: [last.lon, last.lat], accuracy_m: last.accuracy } }));
    sharing.value = true;
  } catch (error) {
    if (error instanceof Refusal && error.code === "officer.off_duty") since.value = null; // it ended by itself, after a day
    sharing.value = false; // no signal: the next fix says where, this one is of no use to anybody
  }
}

export function Duty() {
  if (!known.value) return null;
  const on = since.value !== null;
  return <>{trouble.value && <span class="sharing refused" role="alert">{trouble}</span>}{on && <span class="sharing" role="status">{say(sharing.value ? "placeShared" : "placeNotShared")}</span>}<button type="button" class={on ? "duty on" : "duty"} aria-pressed={on} onClick={() => void told(take(api.POST("/api/duty", { body: { on: !on } })))}>{on ? say("onDutySince", { at: when(since.value ?? "", language.value) }) : say("goOnDuty")}</button></>;
}
