// What a staff face knows, and how one event changes it. Pure: tests/realtime writes {before, events, after} transcripts
// in Python, and apply.test.ts proves that applying the events to the stale state equals the fresh one.
import type { Broadcast, Callup, Incident, OnDuty, Order, Snapshot } from "../wire";

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
  /** Officers on duty, by id. */
  onDuty: Record<string, OnDuty>;
  /** Officers called for evacuations, by the call's id. */
  callups: Record<string, Callup>;
  /** What officers are asked to let out, by the order's id. */
  orders: Record<string, Order>;
}

export const nothing: State = { seq: 0, version: 0, incidents: {}, broadcasts: {}, progress: {}, coverage: {}, uncovered: [], joins: {}, onDuty: {}, callups: {}, orders: {} };

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
    onDuty: Object.fromEntries(snapshot.on_duty.map((row) => [row.officer, row])),
    callups: Object.fromEntries(snapshot.callups.map((row) => [row.id, row])),
    orders: Object.fromEntries(snapshot.orders.map((row) => [row.id, row])),
  };
}
