// One line for each fact on the wall's ticker.
import type { Event } from "../wire";
import { type Key, say } from "../words";

export function tickerLine(event: Event): string {
  const verb = event.event.split(".")[1] ?? "";
  const key = `ticker_${verb}` as Key;
  if ("incident" in event.data) {
    return say(key, { where: event.data.incident.grid.names.slice(0, 2).join(" "), title: event.data.incident.title });
  }
  if ("broadcast" in event.data) {
    return say(key, { issuer: event.data.broadcast.issuer, headline: event.data.broadcast.headline });
  }
  return "";
}
