// A resident's messages: of each chain the highest version, a cancel is final (P6); answers are kept until the server has them.
import { computed, signal } from "@preact/signals";
import { api, keepToken, Refusal, take } from "../api";
import { keepLocally, keptLocally, whenKeptElsewhere } from "../kept";
import { jitter, refusedBy, Socket, type Told } from "../realtime/socket";
import { now, setServerTime } from "../time";
import type { Hearing, Inbox, InboxItem, Message } from "../wire";
import { sharingUntil } from "../people/place";
import { say } from "../words";
import { graver, headlineOf, isUrgent } from "./level";
import { alarm, known, loudnessOf, ring } from "./ring";

export type Answer = "acknowledged" | "moving" | "safe" | "need_help";
interface Kept {
  broadcast: string;
  chain: string;
  stage: Answer;
  at: string;
  behalf?: string; // for whom else the page showed it
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
/** Answers pressed and not yet taken by the server, by chain: an update or a cancel has an id of its own. They survive a closed page. */
export const answers = signal(new Map(keptLocally<[string, Kept][]>(KEPT, [])));
whenKeptElsewhere(KEPT, () => (answers.value = new Map(keptLocally<[string, Kept][]>(KEPT, [])))); // pressed on another page of this phone, later than here
/** Chains of which a call for help has been taken: said also when the message is over by then. */
export const helpTaken = signal(new Set<string>());
/** What the server said of answers that it did not take, by chain; an answer never vanishes without a word. */
export const notTaken = signal<Map<string, string>>(new Map());

export const isOver = (item: InboxItem): boolean => item.state !== "in_force" || Date.parse(item.data.expires) <= now.value;
const AFTERWARDS = 2 * 86_400_000;
/** An evacuation whose time is over, of somebody who has not said that they are safe: people look for them for two days, as in gridmap/broadcasts/models.py. */
export const isMissed = (item: InboxItem): boolean =>
  item.data.kind === "danger_notice" && ["in_force", "expired"].includes(item.state) && isOver(item) && item.own && item.data.inside && !item.data.drill && !item.data.trial
  && item.answer !== "safe" && now.value - Date.parse(item.data.expires) < AFTERWARDS;
/** What holds, then what is missed, then drills, then all-clears. */
const rank = (item: InboxItem): number => (isMissed(item) ? 1 : isOver(item) ? 3 : item.data.drill || item.data.trial ? 2 : 0);
/** What stands on the screen, the gravest first. */
export const current = computed(() => messages.value.filter((item) => !isOver(item) || isMissed(item) || item.state === "cancelled" && fresh(item))
  .sort((a, b) => rank(a) - rank(b) || graver(a.data, b.data) || b.data.sent_at.localeCompare(a.data.sent_at)));
export const earlier = computed(() => messages.value.filter((item) => !current.value.includes(item)));
const fresh = (item: InboxItem): boolean => Date.parse(item.data.expires) > now.value;

let socket: Socket | null = null;

export async function beginInbox(tries = 0): Promise<void> {
  if (!(await readInbox())) return void once("online", Math.min(SOON_MS, jitter(tries)), () => void beginInbox(tries + 1));
  // It may be let in any time: WeChat's page is not opened anew, it only comes back to the front.
  if (unknownPhone.value && !(await letInMeanwhile())) return void once("visibilitychange", LOOKS_AGAIN_MS, () => void beginInbox());
  socket = new Socket("/ws/resident", () => null, told);
  setInterval(() => void sendKept(), 3000);
  // An officer may have noted meanwhile that this resident hears for somebody; not all phones at once.
  setInterval(() => void (document.visibilityState === "visible" && readInbox()), REFRESH_MS * (0.75 + Math.random() / 2));
}

const SOON_MS = 10_000;
const LOOKS_AGAIN_MS = 60_000;
/** Do something at an event of the page, or after some milliseconds, whichever comes first. */
function once(event: string, milliseconds: number, then: () => void): void {
  const go = (): void => {
    clearTimeout(timer);
    removeEventListener(event, go);
    then();
  };
  const timer = setTimeout(go, milliseconds);
  addEventListener(event, go);
}

/** An officer may have let this phone in after its page was closed: asking how far it has come makes it the phone that it asked to be. */
async function letInMeanwhile(): Promise<boolean> {
  const come = await take(api.GET("/api/join")).catch(() => null);
  return come?.state === "connected" && (await readInbox()) && !unknownPhone.value;
}

/** What was read last: it opens where there is no signal, with what the socket told since. */
let last: Inbox | null = null;
const keepLast = (): void => void (last && keepLocally(LAST, { ...last, items: messages.value } satisfies Inbox));

let asked = 0;
let shown = 0;
/** Whether the inbox could not be read so far: what it then holds was not found by somebody who opened the page to look. */
let readInVain = false;
/** What the server took, and how often the inbox was asked for until then: an answer that was on its way meanwhile does not know of it. */
const answeredAt = new Map<string, { asked: number; said: Pick<InboxItem, "stage" | "answer"> }>();
/** What came over the socket, for answers that were on their way meanwhile. */
const received: Message[] = [];

export async function readInbox(): Promise<boolean> {
  const mine = ++asked;
  const from = received.length;
  try {
    const inbox = await take(api.GET("/api/inbox"));
    keepToken(inbox.csrf); // it goes with the cookie that this very answer set
    if (mine < shown) return true; // a later question was answered first
    shown = mine;
    setServerTime(inbox.server_time);
    const before = messages.value;
    show(inbox);
    for (const [id, one] of answeredAt) if (one.asked >= mine) messages.value = messages.value.map((item) => (item.id === id ? { ...item, ...one.said } : item));
    for (const message of received.slice(from)) messages.value = merge(messages.value, message); // came while this answer was on its way
    // Found when somebody opens the page it is being read already; what came to a page that was opened without a signal rings.
    if (!inboxReady.value && !keptSince.value && !readInVain) known(inbox.items);
    // What a page that stands open learns here first, as one that was frozen; of what a pause keeps out nothing is heard here.
    else for (const item of inbox.items) if (!isOver(item) && (!inboxReady.value || isUrgent(item.data)) && !before.some((old) => old.id === item.id && old.data.inside === item.data.inside)) heard(item);
    for (const item of inbox.items) {
      const old = before.find((one) => one.id === item.id);
      if (old && item.on_behalf.some((name) => !old.on_behalf.includes(name))) forOthersToo(item);
      if (said.get(item.id) !== (item.behalf ?? "")) sayDisplayed(item);
    }
    sharingUntil.value = inbox.sharing_until ?? null;
    if (mine === asked) received.length = 0;
    inboxReady.value = true;
    unknownPhone.value = false; // let in while its page was closed
    keptSince.value = null;
    last = { ...inbox, csrf: "" };
    keepLast();
    return true;
  } catch (error) {
    if (error instanceof Refusal) unknownPhone.value = error.status === 401; // no answer says nothing of whose phone it is
    if (unknownPhone.value) keepLocally(LAST, null);
    else {
      readInVain = true;
      if (!inboxReady.value) showKept();
    }
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
  const kept = keptLocally<Inbox | null>(LAST, null);
  if (!kept || keptSince.value) return;
  show(kept);
  keptSince.value = kept.server_time;
}

function told(message: Told): void {
  if (message.type === "broadcast") return receive(message as unknown as Message);
  if (message.type === "look") { // for whom a message is has changed, or it has come to them only now
    said.clear();
    return void readUntilRead();
  }
  if (message.type === "caught_up") for (const item of messages.value) sayDisplayed(item);
}

/** Take one version of a chain: a lower one never replaces a higher, and nothing revives a cancelled chain. */
export function merge(items: InboxItem[], message: Message): InboxItem[] {
  const known = items.find((item) => item.chain === message.chain);
  if (known && (known.version > message.version || (known.state === "cancelled" && message.state !== "cancelled"))) return items;
  // What somebody said of where they are holds for the next version too, as the server takes it over.
  const { answer = null, own = true, passing = false, on_behalf = [], behalf = "" }: Partial<InboxItem> = known ?? {};
  const stage = known?.id === message.id ? known.stage : ("pushed" as const);
  return [{ ...message, stage, answer, own, passing, on_behalf, behalf }, ...items.filter((item) => item.chain !== message.chain)];
}

export function receive(message: Message): void {
  const before = messages.value.find((item) => item.id === message.id);
  const isNew = !before || before.data.inside !== message.data.inside; // an update may leave somebody outside, who walks in later
  received.push(message);
  messages.value = merge(messages.value, message);
  keepLast();
  sayDisplayed(messages.value.find((item) => item.id === message.id) ?? message);
  if (isNew && message.state === "in_force") heard(message);
  else if (message.state === "cancelled" && before?.state !== "cancelled") news.value = `${say("cancelledBig")}：${headlineOf(message.data)}`;
  if (isNew) void forWhom(message.id); // the socket tells everybody alike; whose it is, the inbox tells
}

/** A message that stands here already is for somebody else too: it is said of them, and of danger it rings for them. */
function forOthersToo(item: InboxItem): void {
  if (isOver(item) || unsure.value.has(item.id)) return; // what has just come is asked about at once, and rang
  news.value = say("onBehalf", { names: item.on_behalf.join("、") });
  if (isUrgent(item.data)) alarm(loudnessOf(item));
}

/** What came last, in words for who does not see the screen. */
export const news = signal("");
function heard(message: Message): void {
  news.value = say("newWarning", { headline: (message.data.trial ? say("trialMark") : "") + headlineOf(message.data) });
  ring(message);
  if (isUrgent(message.data)) globalThis.scrollTo?.({ top: 0 }); // the gravest stands on top, and whoever had scrolled would not see it
}

/** Messages of which this page does not know yet whether they are this resident's own: until then nothing is said of their home. */
export const unsure = signal(new Set<string>());
const LATER_MS = 180_000;
const REFRESH_MS = 600_000;
async function readUntilRead(): Promise<void> {
  for (let tries = 0; !(await readInbox()); tries++) await new Promise((again) => setTimeout(again, jitter(tries)));
}
/** Who hears for nobody and shares no place gets messages of their own alone; they ask some time later whether that still holds: thousands
 * of phones that all asked in the second of a warning would keep calls for help waiting. */
async function forWhom(id: string): Promise<void> {
  if (hearings.value.length === 0 && !sharingUntil.value) return void setTimeout(() => void readUntilRead(), Math.random() * LATER_MS);
  unsure.value = new Set(unsure.value).add(id);
  await readUntilRead();
  const rest = new Set(unsure.value);
  rest.delete(id);
  unsure.value = rest;
}

/** "Displayed" is the client's word only: said when the page is really on the screen. */
function sayDisplayed(message: Message & Partial<Pick<InboxItem, "behalf">>): void {
  if (document.visibilityState !== "visible") return;
  const behalf = message.behalf ?? "";
  if (socket?.say({ type: "receipt", broadcast: message.id, stage: "displayed", behalf })) said.set(message.id, behalf);
}
/** For whom it was said of each message that it is shown here. */
const said = new Map<string, string>();
document.addEventListener("visibilitychange", () => {
  messages.value.forEach(sayDisplayed);
  if (document.visibilityState === "visible" && socket) void readInbox(); // somebody may ask this resident to hear for them
});

/** Answer: kept first, then sent until the server has taken it. */
export function answer(item: InboxItem, stage: Answer): void {
  const refusals = new Map(notTaken.value);
  refusals.delete(item.chain);
  notTaken.value = refusals;
  const kept = new Map(answers.value);
  kept.set(item.chain, { broadcast: item.id, chain: item.chain, stage, at: new Date(now.value).toISOString(), behalf: item.behalf ?? "" });
  keep(kept);
  void sendKept();
}

let sending = false;
async function sendKept(): Promise<void> {
  if (sending || !inboxReady.value) return; // opened without a signal there is no token yet: it goes out once the inbox was read
  sending = true;
  for (const [chain, kept] of answers.value) {
    try {
      const { broadcast, stage, at, behalf = "" } = kept;
      const taken = await take(api.POST("/api/receipts", { body: { broadcast, stage, at, behalf } }));
      if (!messages.value.some((item) => item.id === taken.broadcast)) await readInbox(); // it counted for an update that is on its way here
      const said = { stage: "acknowledged", answer: taken.answer ?? null } as const;
      answeredAt.set(taken.broadcast, { asked, said });
      messages.value = messages.value.map((item) => (item.id === taken.broadcast ? { ...item, ...said } : item));
      if (stage === "need_help") helpTaken.value = new Set(helpTaken.value).add(chain);
      forget(chain, kept);
    } catch (error) {
      if (error instanceof Refusal && [404, 409, 422].includes(error.status)) {
        notTaken.value = new Map(notTaken.value).set(chain, error.message);
        forget(chain, kept);
      }
      else if (error instanceof Refusal && error.status === 403) await readInbox();
      else if (error instanceof Refusal && error.status === 500) continue; // what the server stumbles over holds up no call for help behind it
      else break;
    }
  }
  sending = false;
}

function forget(chain: string, kept: Kept): void {
  if (answers.value.get(chain) !== kept) return; // pressed anew meanwhile
  const rest = new Map(answers.value);
  rest.delete(chain);
  keep(rest);
}

/** Whether what waits is kept on this page alone, as on a phone that is full or in a private window: it goes when the page is closed. */
export const onPageAlone = signal(false);
function keep(kept: Map<string, Kept>): void {
  answers.value = kept;
  onPageAlone.value = !keepLocally(KEPT, [...kept]);
}

refusedBy.subscribe((code) => {
  if (code === 4001) unknownPhone.value = true;
  else if (code === 4009 && inboxReady.value) void readUntilRead(); // paused, or given to somebody else
});
