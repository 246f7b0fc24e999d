// Per chain the highest version stands, a cancel is final, and nothing that arrives twice or late undoes it (P6).
import { describe, expect, it, vi } from "vitest";
import type { InboxItem, Message } from "../wire";

const stored = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (name: string) => stored.get(name) ?? null, setItem: (name: string, value: string) => void stored.set(name, value) });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
let inbox: object[] = [];
vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ items: inbox, total: 0, home: [], hearings: [], server_time: new Date().toISOString(), sharing_until: null, csrf: "", demo: false }), { headers: { "Content-Type": "application/json" } }));
const { current, isMissed, merge, messages, news, readInbox, receive } = await import("./inbox");
const { now } = await import("../time");

const message = (id: string, version: number, state: Message["state"]): Message => ({ id, chain: "chain", version, state, type: "broadcast", data: {} as Message["data"] });
const orders = <T>(items: T[]): T[][] => (items.length < 2 ? [items] : items.flatMap((item, i) => orders(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest])));

describe("merging messages", () => {
  const told = [message("a", 1, "in_force"), message("a", 1, "cancelled"), message("b", 2, "cancelled"), message("a", 1, "in_force")];
  it("ends cancelled in whatever order they arrive", () => {
    for (const order of orders(told)) {
      const items = order.reduce<InboxItem[]>(merge, []);
      expect(items.map((item) => [item.version, item.state])).toEqual([[2, "cancelled"]]);
    }
  });
  it("shows a message once however often it comes", () => {
    expect([told[0], told[0], told[0]].reduce<InboxItem[]>((items, one) => merge(items, one as Message), [])).toHaveLength(1);
  });
});

describe("what stands on the screen", () => {
  const hour = (from: number): string => new Date(now.value + from * 3_600_000).toISOString();
  const item = (id: string, data: object, more: object = {}): InboxItem =>
    ({ ...message(id, 1, "in_force"), chain: id, stage: "pushed", answer: null, own: true, passing: false, on_behalf: [], ...more, data: { kind: "danger_notice", level: "red", drill: false, trial: false, inside: true, expires: hour(2), sent_at: hour(-2), ...data } }) as unknown as InboxItem;

  it("is the gravest first, whatever came last", () => {
    messages.value = [
      item("water", { kind: "notice", level: "none", sent_at: hour(0) }),
      item("drill", { drill: true, sent_at: hour(-0.1) }),
      item("over", { sent_at: hour(-0.2) }, { state: "cancelled" }),
      item("older", { level: "orange", sent_at: hour(-3) }),
      item("evacuation", {}),
      item("missed", { expires: hour(-1) }),
    ];
    expect(current.value.map((one) => one.id)).toEqual(["evacuation", "older", "water", "missed", "drill", "over"]);
  });

  it("is an evacuation whose time ran out, for two days, to who has not said that they are safe", () => {
    const over = { expires: hour(-1) };
    messages.value = [
      item("missed", over), item("moving", over, { answer: "moving" }), item("safe", over, { answer: "safe" }), item("drill", { ...over, drill: true }), item("outside", { ...over, inside: false }),
      item("other", over, { own: false }), item("cancelled", over, { state: "cancelled" }), item("updated", over, { state: "superseded" }), item("old", { expires: hour(-49) }), item("notice", { ...over, kind: "notice" }),
    ];
    expect(messages.value.filter(isMissed).map((one) => one.id)).toEqual(["missed", "moving"]);
    expect(current.value.map((one) => one.id)).toEqual(["missed", "moving"]);
  });
});

describe("a page that stands open", () => {
  const item = (id: string, kind: string, level: string) => ({ ...message(id, 1, "in_force"), chain: id, stage: "pushed", answer: null, own: true, passing: false, on_behalf: [], data: { kind, level, headline: id, drill: false, trial: false, inside: true, expires: new Date(now.value + 3_600_000).toISOString(), sent_at: new Date(now.value).toISOString() } });
  it("says aloud what it learns over HTTP first, as one that was frozen, but nothing that a pause keeps out", async () => {
    inbox = [];
    await readInbox();
    inbox.push(item("停水", "notice", "none"));
    await readInbox();
    expect(news.value).toBe("");
    inbox.push(item("山洪", "danger_notice", "red"));
    await readInbox();
    expect(news.value).toContain("山洪");
    news.value = "";
    await readInbox();
    expect(news.value).toBe("");
  });
  it("keeps what the socket tells for a page that is opened without a signal, before it asks again", async () => {
    inbox = [];
    await readInbox();
    receive(item("泥石流", "danger_notice", "red") as unknown as Message);
    expect((JSON.parse(stored.get("gridmap.inbox") ?? "{}") as { items: { id: string }[] }).items.map((one) => one.id)).toEqual(["泥石流"]);
  });
});
