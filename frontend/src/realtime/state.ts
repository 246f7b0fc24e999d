// What a staff face knows, and how one event changes it. Pure: tests/realtime writes {before, events, after} transcripts
// in Python, and apply.test.ts proves that applying the events to the stale state equals the fresh one.
import type { Broadcast, Incident, Snapshot } from "../wire";

export type Rows = Record<string, number[]>;
export interface State {
  seq: number;
  version: number;
  incidents: Record<string, Incident>;
  broadcasts: Record<string, Broadcast>;
  progress: Record<string, Rows>;
  coverage: Rows;
  uncovered: number[];
  /** How many phones wait at each QR code. */
  joins: Record<string, number>;
}

export const nothing: State = { seq: 0, version: 0, incidents: {}, broadcasts: {}, progress: {}, coverage: {}, uncovered: [], joins: {} };

export function fromSnapshot(snapshot: Snapshot): State {
  return {
    seq: snapshot.seq,
    version: snapshot.version,
    incidents: Object.fromEntries(snapshot.incidents.map((row) => [row.id, row])),
    broadcasts: Object.fromEntries(snapshot.broadcasts.map((row) => [row.id, row])),
    progress: snapshot.progress,
    coverage: snapshot.coverage,
    uncovered: snapshot.uncovered,
    joins: snapshot.joins,
  };
}
