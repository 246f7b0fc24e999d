// The staff face's one store: a snapshot, then every event after it; gaps and restarts end in a fresh snapshot.
import { computed, signal } from "@preact/signals";
import { api, keepToken, Refusal, take } from "../api";
import { forgetTab, keepForTab, keptForTab } from "../kept";
import type { Event, Session } from "../wire";
import { say } from "../words";
import { apply } from "./apply";
import { refusedBy, Socket, type Told } from "./socket";
import { fromSnapshot, nothing, type State } from "./state";

export const session = signal<Session | null>(null);
export const state = signal<State>(nothing);
export const ready = signal(false);
/** The server's sentence when this role may not see what the face shows. */
export const denied = signal("");
export const lastEvent = signal<Event | null>(null);
export const ticker = signal<Event[]>([]);
export const may = computed(() => session.value?.user.role ?? "");

const SESSION = "gridmap.session";
const ASK_AGAIN = 5000; // whoever has no grids yet waits for the planner
let waiting: Event[] | null = [];
let asked = 0;
/** What is shown is older than what happened, and is being read anew. */
export const behind = signal(false);

/** Find out who is signed in by the cookie; whoever is not is sent to the sign-in page, and no answer is asked for again. */
export async function recognise(then: () => unknown): Promise<void> {
  try {
    const now = await take(api.GET("/api/session"));
    keepToken(now.csrf); // before anybody reads the session and calls
    session.value = now;
    keepForTab(SESSION, { ...now, csrf: "" });
    if (now.enrol) location.assign("/sign-in?enrol");
    else then();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) signInAgain();
    else {
      session.value ??= keptForTab<Session | null>(SESSION, null); // opened anew where there is no signal: who it was until the server says
      setTimeout(() => void recognise(then), 2000);
    }
  }
}

/** Sign in and follow the log; `hears`: whether who is signed in has anything to hear, which an auditor has not. */
export const begin = (hears: () => boolean = () => true): Promise<void> => {
  followRights(); // a resident's page, which uses parts of this, does not begin anew: it would lose what it shows where there is no signal
  return recognise(() => hears() && follow());
};

function follow(): void {
  if (!session.value?.user.grids.length) {
    denied.value = say("noGrids");
    setTimeout(() => void recognise(follow), ASK_AGAIN);
    return;
  }
  denied.value = "";
  new Socket("/ws/staff", () => (ready.value ? state.value.seq : null), told);
}

let rights = "";

function told(message: Told): void {
  if (message.type === "welcome" && !(sameRights(String(message["rights"])) && sameBuild(String(message["build"])))) return;
  if (message.type === "welcome" && (!ready.value || message["resync"])) void resync();
  if (message.type === "event") keep(message as unknown as Event);
}

/** Say whether this page still has the rights that it began with; with others it begins anew. */
function sameRights(now: string): boolean {
  if (rights && now !== rights) location.reload();
  else rights = now;
  return rights === now;
}

let build = "";
/** Say whether this page is of the build that the server serves now; a wall, which nobody touches, begins anew by itself. */
function sameBuild(now: string): boolean {
  const other = build !== "" && now !== build && location.pathname === "/wall";
  if (other) location.reload();
  else build = now;
  return !other;
}

function keep(event: Event): void {
  if (waiting) return void waiting.push(event);
  state.value = apply(state.value, event);
  lastEvent.value = event;
  if ("incident" in event.data || "broadcast" in event.data) {
    ticker.value = [event, ...ticker.value].slice(0, 8);
  }
}

/** Read the snapshot; what happens meanwhile waits and is applied after it. */
async function resync(): Promise<void> {
  waiting ??= [];
  behind.value = true;
  const mine = ++asked; // a second welcome asks anew: of two answers the older must not replace the newer
  try {
    const snapshot = fromSnapshot(await take(api.GET("/api/snapshot")));
    if (mine !== asked) return;
    state.value = snapshot;
  } catch (error) {
    if (mine !== asked) return;
    if (error instanceof Refusal && error.status === 403) return void (denied.value = error.message);
    setTimeout(() => void resync(), 1000 + Math.random() * 2000);
    return;
  }
  denied.value = "";
  ready.value = true;
  behind.value = false;
  const held = waiting;
  waiting = null;
  for (const event of held) keep(event);
}

/** What somebody was writing when their session ran out is theirs when they are back. */
const WRITTEN = ["gridmap.desk", "gridmap.report"];
function signInAgain(): void {
  forgetTab(WRITTEN);
  location.assign(`/sign-in?to=${encodeURIComponent(location.pathname)}`);
}

const CHANGED = 4009;
/** With other rights the page begins anew: what the old ones showed must not stay on the screen. */
const followRights = (): unknown => refusedBy.subscribe((code) => {
  // The grids may have gone between two answers: only HTTP says whether somebody is signed in no more.
  if (code === 4001 && session.value) void recognise(() => location.reload());
  if (code === CHANGED) location.reload();
});
