// What runs is shown gravest first, and nobody who is missing in one evacuation is hidden by another broadcast.
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Broadcast } from "../wire";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
const { state } = await import("../realtime/store");
const { nothing } = await import("../realtime/state");
const { now } = await import("../time");
const { alive, endsTooSoon, missingByGroup, missingIn, missingWithin, running, unfinished } = await import("./store");

const broadcast = (id: string, change: Partial<Broadcast>): Broadcast =>
  ({ id, kind: "danger_notice", level: "orange", state: "in_force", message_type: "Alert", drill: false, drafted_at: "2026-11-24T08:00:00Z", ranges: [[1, 2]], ...change }) as Broadcast;
/** residents, pushed, displayed, acknowledged, moving, safe, need help, accounted for, visited */
const row = (residents: number, displayed: number, accounted: number): number[] => [residents, residents, displayed, 0, 0, 0, 0, accounted, 0];

function stand(rows: Broadcast[], progress: Record<string, Record<string, number[]>>): void {
  state.value = { ...nothing, broadcasts: Object.fromEntries(rows.map((one) => [one.id, one])), progress };
}

describe("several broadcasts at once", () => {
  beforeEach(() =>
    stand(
      [
        broadcast("first", {}),
        broadcast("graver", { level: "red", drafted_at: "2026-11-24T07:00:00Z" }),
        broadcast("routine", { kind: "notice", level: "none", drafted_at: "2026-11-24T09:00:00Z" }),
        broadcast("counting", { state: "countdown", level: "yellow" }),
        broadcast("over", { state: "expired", level: "red" }),
      ],
      { first: { 1: row(10, 10, 4), 2: row(10, 0, 10) }, graver: { 2: row(10, 10, 5), 3: row(8, 0, 0) }, routine: { 9: row(100, 0, 0) } },
    ),
  );
  it("puts the gravest evacuation first and a later routine notice last", () => {
    expect(running.value.map((one) => one.id)).toEqual(["graver", "first", "counting", "routine"]);
    expect(alive.value.map((one) => one.id)).toEqual(["graver", "first", "routine"]);
  });
  it("shades whoever is missing in any evacuation, the worse share where two overlap", () => {
    expect([...missingByGroup.value].sort()).toEqual([[1, 60], [2, 50], [3, 100]]);
  });
  it("never lets a drill stand before what is real, nor counts its people with them", () => {
    stand([broadcast("drill", { level: "red", drill: true }), broadcast("road", { kind: "road_hazard" })], { drill: { 1: row(10, 0, 0) }, road: { 2: row(10, 5, 0) } });
    expect(running.value.map((one) => one.id)).toEqual(["road", "drill"]);
    expect([...missingByGroup.value]).toEqual([[2, 50]]);
    stand([broadcast("drill", { drill: true })], { drill: { 1: row(10, 0, 0) } });
    expect([...missingByGroup.value]).toEqual([[1, 100]]);
  });
  it("sums groups up to the villages that carry the colour from afar", () => {
    const village = (no: number, start: number, end: number) => ({ no, start, end, code: "", name: "", level: "village" }) as never;
    expect([...missingIn([village(0, 0, 3), village(1, 3, 5), village(2, 5, 9)])].sort()).toEqual([[0, 50], [1, 100]]);
  });
  it("shades who has not seen an ordinary broadcast when no evacuation runs", () => {
    stand([broadcast("routine", { kind: "notice", level: "none" })], { routine: { 9: row(100, 25, 0) } });
    expect([...missingByGroup.value]).toEqual([[9, 75]]);
  });
});

describe("evacuations of the same ground", () => {
  it("count nobody as missing twice, and whoever the worse of them misses", () => {
    stand([broadcast("a", {}), broadcast("b", {})], { a: { 1: row(20, 0, 5), 2: row(10, 0, 10) }, b: { 1: row(20, 0, 0), 3: row(4, 0, 1) } });
    expect(missingWithin({ start: 0, end: 9 })).toEqual({ missing: 23, of: 34 });
    expect(missingWithin({ start: 1, end: 2 })).toEqual({ missing: 20, of: 20 });
  });
});

describe("an evacuation whose time runs out", () => {
  const START = Date.parse("2026-11-24T08:00:00Z");
  const until = (minutes: number, change: Partial<Broadcast> = {}): Broadcast => broadcast("a", { started_at: "2026-11-24T08:00:00Z", expires: new Date(START + minutes * 60_000).toISOString(), ...change });
  const found = (one: Broadcast, accounted: number): [boolean, number] => {
    now.value = START;
    stand([one], { a: { 1: row(10, 10, accounted) } });
    return [endsTooSoon(one), unfinished.value.length];
  };
  it("is told of within the hour before, while anybody is missing", () => {
    expect(found(until(61), 9)).toEqual([false, 0]);
    expect(found(until(59), 9)).toEqual([true, 0]);
    expect(found(until(59), 10)).toEqual([false, 0]);
    expect(found(until(59, { kind: "road_hazard" }), 9)).toEqual([false, 0]);
  });
  it("stays where it is until nobody is missing, or for two days", () => {
    expect(found(until(-1, { state: "expired" }), 9)).toEqual([false, 1]);
    expect(found(until(-1, { state: "expired" }), 10)).toEqual([false, 0]);
    expect(found(until(-1, { state: "expired", drill: true }), 9)).toEqual([false, 0]);
    expect(found(until(-1, { state: "cancelled" }), 9)).toEqual([false, 0]);
    now.value = START;
    stand([until(-1, { state: "expired" }), broadcast("b", { ranges: [[0, 5]] })], { a: { 1: row(10, 10, 8) }, b: { 1: row(10, 0, 0) } }); // another may count other people of the same group
    expect(unfinished.value).toHaveLength(1);
    expect(found(until(-48 * 60 - 1, { state: "expired" }), 9)).toEqual([false, 0]);
  });
});
