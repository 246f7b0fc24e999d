// The knock list shows every reading of it, however fast receipts come and however slow the link is.
import { expect, test, vi } from "vitest";
import type { Broadcast, Session } from "../wire";

vi.useFakeTimers();
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
const SLOW = 2500;
let asked = 0;
vi.stubGlobal("fetch", async () => {
  asked += 1;
  const total = asked;
  await new Promise((resolve) => setTimeout(resolve, SLOW));
  return new Response(JSON.stringify({ items: [{ resident: "r", rank: 1 }], total }), { headers: { "Content-Type": "application/json" } });
});
const { ready, session, state } = await import("../realtime/store");
const { nothing } = await import("../realtime/state");
const { doors, doorsInAll, followKnocks, unread } = await import("./knocks");

test("while a receipt comes every half second and an answer takes two and a half", async () => {
  const row = { id: "a", chain: "a", kind: "danger_notice", level: "red", state: "in_force", message_type: "Alert", drafted_at: "2026-11-24T08:00:00Z", started_at: "2026-11-24T08:00:00Z" } as Broadcast;
  const tick = (n: number): void => void (state.value = { ...nothing, broadcasts: { a: row }, progress: { a: { 1: [40, 40, 40, 40, 40 - n, 0, n, 0, 0] } } }); // from moving to need help: the sum stays
  tick(0);
  session.value = { user: { id: "me" } } as Session;
  ready.value = true;
  followKnocks();
  const shown: number[] = [];
  for (let n = 1; n <= 40; n++) {
    await vi.advanceTimersByTimeAsync(500);
    tick(n);
    if (doorsInAll.value && shown.at(-1) !== doorsInAll.value) shown.push(doorsInAll.value);
  }
  expect(doors.value).toHaveLength(1);
  expect(unread.value).toBe(false);
  expect(shown.length).toBeGreaterThan(3);
  expect(shown).toEqual(Array.from({ length: shown.length }, (_, i) => i + 1)); // each in its turn, none thrown away
});
