// A resident's messages: of each chain the highest version, a cancel is final (P6); answers are kept until the server has them.
import { computed, signal } from "@preact/signals";
import { api, keepToken, Refusal, take } from "../api";
import { refusedBy, Socket, type Told } from "../realtime/socket";
import { now, setServerTime } from "../time";
import type { Hearing, Inbox, InboxItem, Message } from "../wire";
import { sharingUntil } from "../people/place";
import { allowSound, known, ring } from "./ring";

export type Answer = "acknowledged" | "moving" | "safe" | "need_help";
interface Kept {
  broadcast: string;
  stage: Answer;
  at: string;
}

const KEPT = "gridmap.answers";
const LAST = "gridmap.inbox";
export const messages = signal<InboxItem[]>([]);
export const home = signal<string[]>([]);
export const hearings = signal<Hearing[]>([]);
export const demo = signal(false);
export const inboxReady = signal(false);
export const unknownPhone = signal(false);
/** Since when what is shown is old, on a page that was opened without a signal. */
export const keptSince = signal<string | null>(null);
/** Answers pressed and not yet taken by the server, by broadcast; they survive a closed page. */
export const answers = signal<Map<string, Kept>>(readKept());
/** What the server said of answers that it did not take, by broadcast; an answer never vanishes without a word. */
export const notTaken = signal<Map<string, string>>(new Map());

const over = (item: InboxItem): boolean => item.state !== "in_force" || Date.parse(item.data.expires) <= now.value;
export const current = computed(() => messages.value.filter((item) => !over(item) || item.state === "cancelled" && fresh(item)));
export const earlier = computed(() => messages.value.filter((item) => !current.value.includes(item)));
const fresh = (item: InboxItem): boolean => Date.parse(item.data.expires) > now.value;

let socket: Socket | null = null;

export async function beginInbox(): Promise<void> {
  allowSound();
  if (!(await readInbox())) return void setTimeout(() => void beginInbox(), 1500);
  if (unknownPhone.value) return;
  socket = new Socket("/ws/resident", () => null, told);
  setInterval(() => void sendKept(), 3000);
}

export async function readInbox(): Promise<boolean> {
  try {
    const inbox = await take(api.GET("/api/inbox"));
    keepToken(inbox.csrf);
    setServerTime(inbox.server_time);
    if (!inboxReady.value) known(inbox.items.map((item) => item.id));
    show(inbox);
    sharingUntil.value = inbox.sharing_until ?? null;
    inboxReady.value = true;
    keptSince.value = null;
    localStorage.setItem(LAST, JSON.stringify({ ...inbox, csrf: "" }));
    return true;
  } catch (error) {
    unknownPhone.value = error instanceof Refusal && error.status === 401;
    if (unknownPhone.value) localStorage.removeItem(LAST);
    else if (!inboxReady.value) showKept();
    return unknownPhone.value;
  }
}

function show(inbox: Pick<Inbox, "items" | "home" | "hearings" | "demo">): void {
  messages.value = inbox.items;
  home.value = inbox.home;
  hearings.value = inbox.hearings;
  demo.value = inbox.demo;
}

/** What was read last, where the page is opened without a signal; it says since when it is old. */
function showKept(): void {
  try {
    const last = JSON.parse(localStorage.getItem(LAST) ?? "null") as Inbox | null;
    if (!last || keptSince.value) return;
    show(last);
    keptSince.value = last.server_time;
  } catch {
    localStorage.removeItem(LAST);
  }
}

function told(message: Told): void {
  if (message.type === "broadcast") return receive(message as unknown as Message);
  if (message.type === "caught_up") for (const item of messages.value) sayDisplayed(item);
}

/** Take one version of a chain: a lower one never replaces a higher, and nothing revives a cancelled chain. */
export function merge(items: InboxItem[], message: Message): InboxItem[] {
  const known = items.find((item) => item.chain === message.chain);
  if (known && (known.version > message.version || (known.state === "cancelled" && message.state !== "cancelled"))) return items;
  const fresh = { stage: "pushed" as const, answer: null, own: known?.own ?? true, passing: known?.passing ?? false, on_behalf: known?.on_behalf ?? [] };
  const { stage, answer, own, passing, on_behalf } = known?.id === message.id ? known : fresh;
  return [{ ...message, stage, answer, own, passing, on_behalf }, ...items.filter((item) => item.chain !== message.chain)];
}

function receive(message: Message): void {
  const isNew = !messages.value.some((item) => item.id === message.id);
  messages.value = merge(messages.value, message);
  sayDisplayed(message);
  if (isNew && message.state === "in_force") ring(message);
  if (isNew) void forWhom(message.id); // the socket tells everybody alike; whose it is, the inbox tells
}

/** Messages of which this page does not know yet whether they are this resident's own: until then nothing is said of their home. */
export const unsure = signal(new Set<string>());
async function forWhom(id: string): Promise<void> {
  unsure.value = new Set(unsure.value).add(id);
  while (!(await readInbox())) await new Promise((again) => setTimeout(again, 1500));
  const rest = new Set(unsure.value);
  rest.delete(id);
  unsure.value = rest;
}

/** "Displayed" is the client's word only: said when the page is really on the screen. */
function sayDisplayed(message: Message): void {
  if (document.visibilityState !== "visible") return;
  socket?.say({ type: "receipt", broadcast: message.id, stage: "displayed" });
}
document.addEventListener("visibilitychange", () => {
  messages.value.forEach(sayDisplayed);
  if (document.visibilityState === "visible" && socket) void readInbox(); // somebody may ask this resident to hear for them
});

/** Answer: kept first, then sent until the server has taken it. */
export function answer(item: InboxItem, stage: Answer): void {
  const refusals = new Map(notTaken.value);
  refusals.delete(item.id);
  notTaken.value = refusals;
  const kept = new Map(answers.value);
  kept.set(item.id, { broadcast: item.id, stage, at: new Date(now.value).toISOString() });
  keep(kept);
  void sendKept();
}

let sending = false;
async function sendKept(): Promise<void> {
  if (sending) return;
  sending = true;
  for (const [id, kept] of answers.value) {
    try {
      const taken = await take(api.POST("/api/receipts", { body: kept }));
      if (!messages.value.some((item) => item.id === taken.broadcast)) await readInbox(); // it counted for an update that is on its way here
      messages.value = messages.value.map((item) => (item.id === taken.broadcast ? { ...item, stage: "acknowledged", answer: taken.answer ?? null } : item));
      forget(id, kept);
    } catch (error) {
      if (error instanceof Refusal && [404, 409, 422].includes(error.status)) {
        notTaken.value = new Map(notTaken.value).set(id, error.message);
        forget(id, kept);
      }
      else if (error instanceof Refusal && error.status === 403) await readInbox();
      else break;
    }
  }
  sending = false;
}

function forget(id: string, kept: Kept): void {
  if (answers.value.get(id) !== kept) return; // pressed anew meanwhile
  const rest = new Map(answers.value);
  rest.delete(id);
  keep(rest);
}

function keep(kept: Map<string, Kept>): void {
  answers.value = kept;
  localStorage.setItem(KEPT, JSON.stringify([...kept]));
}

function readKept(): Map<string, Kept> {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEPT) ?? "[]") as [string, Kept][]);
  } catch {
    return new Map();
  }
}

refusedBy.subscribe((code) => code === 4001 && (unknownPhone.value = true));
