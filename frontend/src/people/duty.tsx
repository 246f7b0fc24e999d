// On duty or off, by the officer's own word; it ends by itself after a day.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { clock } from "../time";
import { say } from "../words";

const OFFICERS = new Set(["township_head", "officer", "auxiliary"]);
const since = signal<string | null>(null);
const known = signal(false);

/** Find out whether one is on duty; an answer that does not come leaves the button away. */
export function followDuty(): void {
  effect(() => {
    if (OFFICERS.has(session.value?.user.role ?? "")) void told(take(api.GET("/api/duty")));
  });
}

async function told(call: Promise<{ since: string | null }>): Promise<void> {
  try {
    since.value = (await call).since;
    known.value = true;
  } catch {
    known.value = false;
  }
}

export function Duty() {
  if (!known.value) return null;
  const on = since.value !== null;
  return <button type="button" class={on ? "duty on" : "duty"} aria-pressed={on} onClick={() => void told(take(api.POST("/api/duty", { body: { on: !on } })))}>{on ? say("onDutySince", { at: clock(since.value ?? "") }) : say("goOnDuty")}</button>;
}
