// Who has not seen an ordinary warning is visited after some minutes by level, and an update gives nobody more time.
import { describe, expect, it, vi } from "vitest";
import type { Broadcast } from "../wire";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
const { state } = await import("../realtime/store");
const { nothing } = await import("../realtime/state");
const { now } = await import("../time");
const { knockedFor } = await import("./knocks");

const MINUTE = 60_000;
const START = Date.parse("2026-11-24T08:00:00Z");
const broadcast = (id: string, change: Partial<Broadcast>): Broadcast =>
  ({ id, chain: id, kind: "road_hazard", level: "orange", state: "in_force", message_type: "Alert", drafted_at: "2026-11-24T07:50:00Z", started_at: new Date(START).toISOString(), ...change }) as Broadcast;

function knocked(minutes: number, ...rows: Broadcast[]): string[] {
  state.value = { ...nothing, broadcasts: Object.fromEntries(rows.map((row) => [row.id, row])) };
  now.value = START + minutes * MINUTE;
  return knockedFor.value.map((row) => row.id);
}

describe("whom officers knock for", () => {
  it.each([["red", 3], ["orange", 10], ["yellow", 30], ["blue", 30]] as const)("%s after %i minutes", (level, minutes) => {
    expect(knocked(minutes - 0.1, broadcast("a", { level }))).toEqual([]);
    expect(knocked(minutes + 0.1, broadcast("a", { level }))).toEqual(["a"]);
  });
  it("an evacuation at once and a routine notice never", () => {
    expect(knocked(0, broadcast("a", { kind: "danger_notice" }), broadcast("b", { kind: "notice", level: "none" }))).toEqual(["a"]);
    expect(knocked(10_000, broadcast("b", { kind: "notice", level: "none" }))).toEqual([]);
  });
  it("danger whose level was forgotten, as for an orange one", () => {
    expect(knocked(9.9, broadcast("a", { kind: "relayed_warning", level: "none" }))).toEqual([]);
    expect(knocked(10.1, broadcast("a", { kind: "relayed_warning", level: "none" }))).toEqual(["a"]);
  });
  it("counts from the first version of a chain", () => {
    const first = broadcast("a", { state: "superseded" });
    const second = broadcast("b", { chain: "a", started_at: new Date(START + 9 * MINUTE).toISOString() });
    expect(knocked(10.1, first, second)).toEqual(["b"]);
  });
});
