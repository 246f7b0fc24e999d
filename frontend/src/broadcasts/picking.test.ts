// Picking grids: a village that is picked whole loses one group and keeps the others.
import { describe, expect, it, vi } from "vitest";

vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {} });
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
const { labels } = await import("../grids/store");
const { holderOf, turned } = await import("./picking");

const TOWNSHIP = "430524101";
const villages = [`${TOWNSHIP}001`, `${TOWNSHIP}002`];
const groups = villages.flatMap((village) => [1, 2, 3].map((n) => `${village}00${n}`));
const code = [TOWNSHIP, ...villages, ...groups];
labels.value = { code, level: code.map(() => ""), no: code.map((_, i) => i), name: code.map(() => ""), lon: [], lat: [], group_start: [], group_end: [] } as never;

describe("picking grids", () => {
  it("picks and takes back a single one", () => {
    expect(turned([], groups[0] ?? "")).toEqual([groups[0]]);
    expect(turned([groups[0] ?? ""], groups[0] ?? "")).toEqual([]);
  });
  it("holds what lies in a picked village once", () => {
    expect(turned([groups[0] ?? "", groups[3] ?? ""], villages[0] ?? "").sort()).toEqual([villages[0], groups[3]].sort());
    expect(holderOf([villages[0] ?? ""], groups[1] ?? "")).toBe(villages[0]);
  });
  it("leaves the other parts of what was picked whole", () => {
    expect(turned([villages[0] ?? ""], groups[1] ?? "").sort()).toEqual([groups[0], groups[2]].sort());
    expect(turned([TOWNSHIP], groups[1] ?? "").sort()).toEqual([groups[0], groups[2], villages[1]].sort());
    expect(turned([TOWNSHIP], villages[1] ?? "")).toEqual([villages[0]]);
  });
});
