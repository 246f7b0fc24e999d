// Transcripts written by tests/realtime/test_transcripts.py: the stale state plus its events equals the fresh one.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Event, Snapshot } from "../wire";
import { apply } from "./apply";
import { fromSnapshot } from "./state";

const FOLDER = new URL("../../../.local/transcripts/", import.meta.url);
interface Transcript {
  before: Snapshot;
  events: Event[];
  after: Snapshot;
}

describe("applying events", () => {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  it("has the transcripts that the Python tests write", () => expect(files.length).toBeGreaterThanOrEqual(4));
  for (const name of files) {
    it(`equals a fresh snapshot for ${name}`, () => {
      const { before, events, after } = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Transcript;
      const applied = events.reduce(apply, fromSnapshot(before));
      const fresh = fromSnapshot(after);
      expect({ ...applied, seq: 0 }).toEqual({ ...fresh, seq: 0 });
      expect(events.reduce(apply, applied)).toEqual(applied); // events known already change nothing
    });
  }
});
