// The wall is heard when something new comes onto it: a broadcast as loud as its level, an incident as loud as it is grave.
import { effect } from "@preact/signals";
import { alarm, allowSound, audible, loudness } from "../broadcasts/ring";
import { alive } from "../broadcasts/store";
import { openIncidents } from "../incidents/store";
import { ready } from "../realtime/store";
import type { Broadcast } from "../wire";
import { say } from "../words";
import { wantsSound } from "./wall-settings";

const LOUDNESS: Broadcast["level"][] = ["red", "orange", "yellow", "blue"];
const ofIncident = { extreme: "orange", severe: "orange", moderate: "blue", minor: "blue" } as const;

/** Begin to listen; what stands there when the page opens is known already. */
export function soundWhatComes(): void {
  if (!wantsSound) return;
  allowSound(true);
  let known: Set<string> | null = null;
  effect(() => {
    if (!ready.value) return;
    const shown = new Map<string, Broadcast["level"]>([
      ...alive.value.map((row) => [row.id, loudness(row)] as const),
      ...openIncidents.value.map((row) => [row.id, row.drill ? "blue" : ofIncident[row.severity]] as const),
    ]);
    const came = known ? [...shown].filter(([id]) => !known?.has(id)).map(([, level]) => level) : [];
    known = new Set(shown.keys()); // what is over is forgotten: a wall is on for months
    const loudest = LOUDNESS.find((level) => came.includes(level));
    if (loudest) alarm(loudest);
  });
}

/** A room that counts on the sound is told when there is none. */
export const Silence = () => (wantsSound && !audible.value ? <span class="waits" role="status">{say("noSound")}</span> : null);
