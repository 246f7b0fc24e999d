// A phone rings once for a message, as loud as it is grave; never for what is over, and not again when the page comes back.
import { keepLocally, keptLocally } from "../kept";
import { signal } from "@preact/signals";
import type { Message } from "../wire";
import { now } from "../time";
import { GRAVE } from "./level";

type Level = Message["data"]["level"];
const RUNG = "gridmap.rung";
const KEPT = 50;
const SHAKES: Record<Level, number[]> = { red: [600, 150, 600, 150, 600, 150, 1200], orange: [400, 150, 400, 150, 800], yellow: [400, 150, 400], blue: [300], none: [] };
/** High and low tone in hertz, and how often they alternate; red sounds like a siren, blue like a door bell. */
const TONES: Record<Level, { tones: number[]; times: number }> = {
  red: { tones: [960, 640], times: 8 }, orange: { tones: [880, 660], times: 4 }, yellow: { tones: [740, 590], times: 2 }, blue: { tones: [660, 520], times: 1 }, none: { tones: [], times: 0 },
};
const SECONDS = 0.35; // of each tone
let sound: AudioContext | null = null;

/** Whether a warning would be heard; browsers that know no sound are not asked. */
export const audible = signal(!("AudioContext" in globalThis));

/** Browsers let a page make a sound only after somebody has touched it, and of a finger only its lifting counts; called once. A wall's browser can be told to let it at once. */
export function allowSound(atOnce = false): void {
  if (!("AudioContext" in globalThis)) return;
  const look = (): void => void (audible.value = sound?.state === "running"); // a call, or the system, may take it away again: then the page asks anew
  const allow = (): void => {
    if (!sound) {
      sound = new AudioContext();
      sound.onstatechange = look;
    }
    void sound.resume().then(look, () => undefined);
  };
  if (atOnce) allow();
  for (const touch of ["pointerdown", "pointerup", "touchend", "click", "keydown"]) addEventListener(touch, allow, { passive: true });
}

/** What rings once: a message to who is inside its area, and its news to who is outside now. Who comes in is rung for again. */
const nameOf = (message: Message): string => (message.data.inside ? message.id : `${message.id} outside`);

export function ring(message: Message): void {
  if (Date.parse(message.data.expires) <= now.value || rung().includes(nameOf(message))) return;
  // Where this page makes no sound, another page of this phone may: it must not find that the message rang already.
  known([message], !("AudioContext" in globalThis) || sound?.state === "running");
  alarm(loudnessOf(message));
}

/** That one is out of danger is no reason for a siren, nor is a drill (P14). */
export const loudnessOf = ({ data }: Message): Level => (data.inside ? loudness(data) : "blue");
export const loudness = ({ drill, level, kind }: Pick<Message["data"], "drill" | "level" | "kind">): Level => (drill ? "blue" : level === "none" && GRAVE.includes(kind) ? "orange" : level); // danger rings also where its level was forgotten

/** Shake and sound as loud as a level is grave. */
export function alarm(level: Level): void {
  if (SHAKES[level].length > 0 && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(SHAKES[level]);
  play(level);
}

/** Note messages that ring no more: they have, or the page found them when it was opened, and is being read already. */
export function known(messages: Message[], everywhere = true): void {
  remembered = [...new Set([...messages.map(nameOf), ...rung()])].slice(0, KEPT);
  if (everywhere) keepLocally(RUNG, remembered);
}

let remembered: string[] = []; // where nothing is kept, as long as the page is open
const rung = (): string[] => [...new Set([...remembered, ...keptLocally<string[]>(RUNG, [])])];

function play(level: Level): void {
  if (sound?.state !== "running") return;
  const { tones, times } = TONES[level];
  const voice = sound.createOscillator();
  const loudness = sound.createGain();
  const from = sound.currentTime;
  const steps = Array.from({ length: times }, () => tones).flat();
  steps.forEach((tone, i) => voice.frequency.setValueAtTime(tone, from + i * SECONDS));
  loudness.gain.setValueAtTime(steps.length > 0 ? 0.5 : 0, from);
  voice.connect(loudness).connect(sound.destination);
  voice.start(from);
  voice.stop(from + steps.length * SECONDS);
  document.documentElement.dataset["rang"] = level;
}
