// A browser asks to become a resident's phone: by the token in this page's address, until an officer has let it in.
import { signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { why } from "../ui/parts";
import type { JoinPage } from "../wire";

const ASK_EVERY = 1500;
const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");
export const page = signal<JoinPage | null>(null);
/** Not a resident's: a phone of the desk's, for trials (broadcasts/trials.tsx). */
export const trial = location.pathname.startsWith("/trial/");
export const stage = signal<"form" | "waiting" | "connected" | "refused" | "dead">("form");
export const trouble = signal("");
/** Four digits that the officer's tablet shows beside this request. */
export const pairing = signal("");

export async function claim(): Promise<void> {
  trouble.value = "";
  try {
    await take(api.POST("/api/trial/{token}", { params: { path: { token } } }));
    location.assign("/me");
  } catch (error) {
    trouble.value = why(error);
  }
}

export async function beginJoin(): Promise<void> {
  if (trial) return;
  try {
    page.value = await take(api.GET("/api/join/{token}", { params: { path: { token } } }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500 || error.status === 429) return void setTimeout(() => void beginJoin(), ASK_EVERY);
    await look(); // a code lives for minutes: this phone may have been let in, or wait, since it was scanned
    if (stage.value !== "form") return;
    trouble.value = error.message;
    stage.value = "dead";
    return;
  }
  await look();
}

/** Whether the request is on its way: pressed twice, one phone would ask twice, and the officer might confirm the one that is dead. */
export const asking = signal(false);
export async function ask(name: string, phone: string): Promise<void> {
  if (asking.value) return;
  asking.value = true;
  trouble.value = "";
  try {
    const answer = await take(api.POST("/api/join/{token}", { params: { path: { token } }, body: { name, phone } }));
    pairing.value = answer.pairing ?? "";
    mending = false;
    stage.value = "waiting";
    await look();
  } catch (error) {
    trouble.value = why(error);
  } finally {
    asking.value = false;
  }
}

/** A wrong number is typed anew; the new request takes the place of the one that waits. */
let mending = false;
export function again(): void {
  mending = true;
  stage.value = "form";
}

let looking: ReturnType<typeof setTimeout> | undefined;
/** See how far it has come; while it waits, again and again: the officer is at the door. */
async function look(): Promise<void> {
  clearTimeout(looking);
  try {
    const { state, pairing: digits } = await take(api.GET("/api/join"));
    if (digits) pairing.value = digits;
    if (state === "connected") return arrive();
    if (!mending && (state === "waiting" || stage.value === "waiting")) stage.value = state === "refused" ? "refused" : "waiting";
  } catch {
    // no signal: asked again below
  }
  if (stage.value === "waiting" || mending) looking = setTimeout(() => void look(), ASK_EVERY);
}

function arrive(): void {
  stage.value = "connected";
  setTimeout(() => location.assign("/me"), 2500);
}
