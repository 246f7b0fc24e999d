// A QR code on the tablet: of a door for a quarter of an hour, or of a grid to be printed and hung up.
import { effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { connected } from "../realtime/socket";
import { lastEvent, session } from "../realtime/store";
import { clock } from "../time";
import { Demo, why } from "../ui/parts";
import type { JoinCode } from "../wire";
import { say } from "../words";
import "./code.css";
import { JoinQueue } from "./join-queue";
import { LET_IN, readJoins } from "./joins";

type Wanted = { kind: "door"; resident: string } | { kind: "officer" | "grid"; grid: string };
export const shownCode = signal<JoinCode | null>(null);
export const codeTrouble = signal("");
const small = signal(false);

/** How many joined by the code on the screen while it is shown. */
const joined = signal(0);
effect(() => {
  const event = lastEvent.value;
  if (event?.event === "join.confirmed" && event.data.code === shownCode.peek()?.id) joined.value = joined.peek() + 1;
});

const LOOK_EVERY = 2000;
/** Where no socket tells of who waits, as in the register, the code on the screen asks while it is shown. */
effect(() => {
  if (!shownCode.value || connected.value || !LET_IN.has(session.value?.user.role ?? "")) return;
  const timer = setInterval(() => void readJoins(), LOOK_EVERY);
  return () => clearInterval(timer);
});

export async function showCode(wanted: Wanted): Promise<void> {
  try {
    shownCode.value = await take(api.POST("/api/join-codes", { body: wanted, headers: key() }));
    codeTrouble.value = "";
    joined.value = 0;
  } catch (error) {
    codeTrouble.value = why(error);
  }
}

const close = (): void => void (shownCode.value = null);
/** Whoever goes by the keyboard stands in it at once: what lies behind it is not to be pressed by chance. */
const focusOn = (dialog: HTMLElement | null): void => void (dialog && !dialog.contains(document.activeElement) && dialog.focus());

export function Code() {
  const code = shownCode.value;
  if (!code) return null;
  const door = code.expires_at !== null;
  return (
    <div class={`code ${small.value ? "a6" : "a4"}`} role="dialog" aria-modal="true" aria-label={say("codeTitle")} tabIndex={-1} ref={focusOn} onKeyDown={(event) => event.key === "Escape" && close()}>
      <Demo shown={session.value?.demo ?? false} />
      <h1>{say("codeTitle")}</h1>
      <p class="place">{code.place}{code.officer_name && ` · ${code.officer_name}`}</p>
      <img src={code.picture} alt={code.url} />
      <p class="how">{say(door ? "codeDoorHow" : "codePosterHow")}</p>
      {code.expires_at && <p class="until">{say("codeUntil", { time: clock(Date.parse(code.expires_at)) })}</p>}
      {joined.value > 0 && <p class="joined" role="status">✓ {say("codeJoined", { n: joined.value })}</p>}
      <JoinQueue />
      <div class="tools">
        {!door && <label><input type="checkbox" checked={small.value} onChange={(event) => (small.value = event.currentTarget.checked)} /> {say("codeSmall")}</label>}
        {!door && <button type="button" class="secondary" onClick={() => window.print()}>{say("codePrint")}</button>}
        <button type="button" class="primary" onClick={close}>{say("close")}</button>
      </div>
    </div>
  );
}
