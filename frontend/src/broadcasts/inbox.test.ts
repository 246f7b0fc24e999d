// Per chain the highest version stands, a cancel is final, and nothing that arrives twice or late undoes it (P6).
import { describe, expect, it, vi } from "vitest";
import type { InboxItem, Message } from "../wire";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
const { merge } = await import("./inbox");

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
