// A phone rings once for a message, again for who comes into danger, softly for who is out of it, and never for what is over.
import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../wire";

const shaken: number[][] = [];
vi.stubGlobal("localStorage", { getItem: () => { throw new Error("nothing is kept here"); }, setItem: () => { throw new Error("full"); } });
vi.stubGlobal("location", { search: "", origin: "http://localhost" });
vi.stubGlobal("document", { addEventListener: () => undefined, documentElement: {}, visibilityState: "hidden" });
vi.stubGlobal("navigator", { vibrate: (pattern: number[]) => shaken.push(pattern) });
const { known, ring } = await import("./ring");
const { now } = await import("../time");

const message = (id: string, inside: boolean, expires = now.value + 60_000): Message =>
  ({ id, chain: id, version: 1, state: "in_force", type: "broadcast", data: { inside, level: "red", expires: new Date(expires).toISOString() } }) as unknown as Message;
const LOUD = 7; // parts of what red shakes
beforeEach(() => void (shaken.length = 0));

test("once, also where the browser keeps nothing", () => {
  for (let i = 0; i < 3; i++) ring(message("a", true));
  expect(shaken.map((one) => one.length)).toEqual([LOUD]);
});
test("softly for who is outside now, and loud when they come in", () => {
  ring(message("b", false));
  ring(message("b", false));
  ring(message("b", true));
  expect(shaken.map((one) => one.length)).toEqual([1, LOUD]);
});
test("never for what is over, nor for what the page found when it was opened", () => {
  ring(message("c", true, now.value - 1));
  known([message("d", true)]);
  ring(message("d", true));
  expect(shaken).toEqual([]);
});
test("danger also where its level was forgotten", () => {
  const forgotten = message("e", true);
  Object.assign(forgotten.data, { level: "none", kind: "danger_notice" });
  ring(forgotten);
  expect(shaken.map((one) => one.length)).toEqual([5]);
});
