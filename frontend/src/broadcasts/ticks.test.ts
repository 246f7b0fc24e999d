// What an officer ticks where there is no signal: nothing replaces an unsent word for good, no wrong clock holds one back, and the list stands still.
import { beforeEach, expect, test, vi } from "vitest";
import type { Broadcast, Knock, Session } from "../wire";

vi.useFakeTimers();
const kept = new Map<string, string>();
vi.stubGlobal("localStorage", { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) });
vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
let answer: () => Promise<Response> = () => Promise.reject(new TypeError("no signal"));
vi.stubGlobal("fetch", () => answer());
const { session, state, ready } = await import("../realtime/store");
const { nothing } = await import("../realtime/state");
const { now } = await import("../time");
const { whereIAm } = await import("../people/duty");
const { doors, followKnocks, nameOf, openDoor, readDoors } = await import("./knocks");
const { pending, takeable, takeBack, tick, unsent } = await import("./ticks");

const broadcast = { id: "a", chain: "a", kind: "danger_notice", level: "red", state: "in_force", message_type: "Alert", drafted_at: "2026-11-24T08:00:00Z", started_at: "2026-11-24T08:00:00Z" } as Broadcast;
const door = (resident: string, toward: [number, number] = [110.6, 27.1]) => ({ broadcast, knock: { resident, name: "张*", rank: 1, farther_m: 0, toward, tick: null } as unknown as Knock });
const said = (): string[] => (JSON.parse(kept.get("gridmap.ticks") ?? "[]") as { tick: string }[]).map((one) => one.tick);
session.value = { user: { id: "me" } } as Session;

beforeEach(() => {
  openDoor.value = null;
  for (const name of ["a r", "a s"]) for (let n = 0; n < 3; n++) takeBack(name);
});

test("a slip that is taken back leaves the unsent call for help that it replaced", () => {
  tick(door("r"), "need_help");
  tick(door("r"), "moved");
  tick(door("r"), "away"); // and slipped once more
  expect(said()).toEqual(["away"]);
  takeBack("a r");
  expect(said()).toEqual(["need_help"]);
});

test("a tick made while the clock ran an hour ahead waits for the signal like any other", () => {
  now.value = Date.now() + 3_600_000;
  tick(door("r"), "moved");
  now.value = Date.now();
  expect([takeable.value, unsent.value, pending.value]).toEqual([undefined, 1, 1]);
});

test("the list does not move while a door is open, and moves when it is closed", async () => {
  const rows = [door("r", [110.6, 27.1]), door("s", [110.61, 27.1])].map(({ knock }) => knock);
  answer = () => Promise.resolve(new Response(JSON.stringify({ items: rows, total: 2 }), { headers: { "Content-Type": "application/json" } }));
  state.value = { ...nothing, broadcasts: { a: broadcast } };
  ready.value = true;
  followKnocks();
  readDoors(0);
  await vi.advanceTimersByTimeAsync(2000);
  const order = (): string[] => doors.value.map(nameOf);
  whereIAm.value = [110.6, 27.1];
  expect(order()).toEqual(["a r", "a s"]);
  openDoor.value = "a r";
  expect(order()).toEqual(["a r", "a s"]);
  whereIAm.value = [110.61, 27.1];
  expect(order()).toEqual(["a r", "a s"]);
  openDoor.value = null;
  expect(order()).toEqual(["a s", "a r"]);
});
