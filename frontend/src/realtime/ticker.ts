// The wall's ticker: one line for each fact heard, and before the first one what the snapshot holds.
import { computed } from "@preact/signals";
import type { Broadcast, Event } from "../wire";
import { headlineOf } from "../broadcasts/level";
import { alerts } from "../broadcasts/store";
import { type Key, say } from "../words";
import { state, ticker } from "./store";

const SHOWN = 3;
interface Line {
  at: string;
  text: string;
}

/** What a command centre wants to read go by; drafts and approvals are the desk's own affair. */
const TOLD = new Set(["reported", "acknowledged", "resolved", "started", "cancelled", "expired", "stopped"]);
const ENDED: Partial<Record<Broadcast["state"], Key>> = { cancelled: "ticker_cancelled", expired: "ticker_expired" };
const verb = (event: Event): string => event.event.split(".")[1] ?? "";

export const tickerLines = computed<Line[]>(() => [...ticker.value.filter((event) => TOLD.has(verb(event)) && !isCancelGoingOut(event)).map(heard), ...stood()].slice(0, SHOWN));

function heard(event: Event): Line {
  const key = `ticker_${isUpdate(event) ? "updated" : verb(event)}` as Key;
  if ("incident" in event.data) {
    return { at: event.at, text: say(key, { where: event.data.incident.grid.names.slice(0, 2).join(" "), title: event.data.incident.title }) };
  }
  if ("broadcast" in event.data) return { at: event.at, text: say(key, { issuer: event.data.broadcast.issuer, headline: headlineOf(event.data.broadcast) }) };
  return { at: event.at, text: "" };
}

const isUpdate = (event: Event): boolean => verb(event) === "started" && "broadcast" in event.data && event.data.broadcast.message_type === "Update";

/** A cancel that goes out is told as the cancelled broadcast, once. */
const isCancelGoingOut = (event: Event): boolean => verb(event) === "started" && "broadcast" in event.data && event.data.broadcast.message_type === "Cancel";

function stood(): Line[] {
  const told = new Set(ticker.value.flatMap((event) => ("incident" in event.data ? [event.data.incident.id] : "broadcast" in event.data ? [event.data.broadcast.id] : [])));
  const incidents = Object.values(state.value.incidents).filter((row) => !told.has(row.id));
  const broadcasts = alerts.value.filter((row) => row.started_at && row.state !== "superseded" && !told.has(row.id));
  return [
    ...incidents.map((row) => ({ at: row.reported_at, text: say("ticker_reported", { where: row.grid.names.slice(0, 2).join(" "), title: row.title }) })),
    ...broadcasts.map((row) => ({ at: row.ended_at ?? row.started_at ?? row.drafted_at, text: say(ENDED[row.state] ?? "ticker_started", { issuer: row.issuer, headline: headlineOf(row) }) })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
}
