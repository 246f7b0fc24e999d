// One event changes the state; an event that is known already changes nothing.
import type { Broadcast, Event, Incident } from "../wire";
import type { State } from "./state";

export function apply(state: State, event: Event): State {
  if (event.seq <= state.seq) return state;
  return { ...change(state, event), seq: event.seq };
}

function change(state: State, event: Event): State {
  switch (event.event) {
    case "incident.reported":
    case "incident.acknowledged":
      return withIncident(state, event.data.incident);
    case "incident.resolved":
      return withoutIncident(state, event.data.incident);
    case "broadcast.progressed": {
      const { id, by_no } = event.data;
      return { ...state, progress: { ...state.progress, [id]: { ...state.progress[id], ...by_no } } };
    }
    case "coverage.changed":
      return { ...state, coverage: { ...state.coverage, ...event.data.by_no } };
    case "grids.uncovered":
      return withUncovered(state, event.data.uncovered, event.data.covered);
    case "assignment.changed":
      return state; // who answers is read over HTTP; what follows from it comes as grids.uncovered
    case "join.requested":
    case "join.confirmed":
    case "join.refused":
      return withJoins(state, event.data.code, event.data.waiting);
    case "callup.made":
    case "callup.answered":
    case "callup.escalated":
      return { ...state, callups: { ...state.callups, ...Object.fromEntries(event.data.callups.map((row) => [row.id, row])) } };
    case "broadcast.tried":
      return state; // only the desk's own phones hear of it
    case "order.given":
    case "order.confirmed":
    case "order.declined":
    case "order.reminded":
    case "order.escalated":
      return { ...state, orders: { ...state.orders, ...Object.fromEntries(event.data.orders.map((row) => [row.id, row])) } };
    case "officer.on_duty":
      return { ...state, onDuty: { ...state.onDuty, [event.data.duty.officer]: event.data.duty } };
    case "officer.off_duty":
      return offDuty(state, event.data.officer);
    default:
      return withBroadcast(state, event.data.broadcast);
  }
}

function withIncident(state: State, incident: Incident): State {
  return { ...state, incidents: { ...state.incidents, [incident.id]: incident } };
}

function withoutIncident(state: State, incident: Incident): State {
  const { [incident.id]: _, ...rest } = state.incidents;
  return { ...state, incidents: rest };
}

export function withBroadcast(state: State, broadcast: Broadcast): State {
  const out = broadcast.state === "sending" || broadcast.state === "in_force";
  const progress = out && !state.progress[broadcast.id] ? { ...state.progress, [broadcast.id]: {} } : state.progress;
  const over = broadcast.started_at !== null && broadcast.state === "cancelled"; // who is missing when the time is over is looked for still
  const callups = over ? Object.fromEntries(Object.entries(state.callups).filter(([, row]) => row.chain !== broadcast.chain)) : state.callups;
  const ended = broadcast.started_at !== null && !out;
  const orders = ended ? Object.fromEntries(Object.entries(state.orders).filter(([, row]) => row.broadcast !== broadcast.id)) : state.orders;
  return { ...state, progress, callups, orders, broadcasts: { ...state.broadcasts, [broadcast.id]: broadcast } };
}

function withJoins(state: State, code: string, waiting: number): State {
  const { [code]: _, ...rest } = state.joins;
  return { ...state, joins: waiting > 0 ? { ...rest, [code]: waiting } : rest };
}

function offDuty(state: State, officer: string): State {
  const { [officer]: _, ...rest } = state.onDuty;
  return { ...state, onDuty: rest };
}

function withUncovered(state: State, uncovered: number[], covered: number[]): State {
  const over = new Set(covered);
  const all = new Set([...state.uncovered, ...uncovered].filter((no) => !over.has(no)));
  return { ...state, uncovered: [...all].sort((a, b) => a - b) };
}
