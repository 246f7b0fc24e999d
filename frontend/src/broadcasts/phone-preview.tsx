// What a phone will show, at its real size, beside the words while they are written; and what could be said more plainly.
import { now } from "../time";
import type { InboxItem, Preview } from "../wire";
import { say } from "../words";
import { placeOf } from "../grids/store";
import type { Words } from "./draft";
import { MessageCard } from "./message";
import { hintsFor } from "./plain";
import "./phone-preview.css";

export function Hints({ words }: { words: Words }) {
  const hints = hintsFor(words);
  if (hints.length === 0) return null;
  return <ul class="plain-hints" data-testid="plain-hints" aria-label={say("plainTitle")}>{hints.map((hint) => <li key={`${hint.key}${String(hint.values["term"] ?? "")}`}>{say(hint.key, hint.values)}</li>)}</ul>;
}

export function PhonePreview({ words, found }: { words: Words; found: Preview | null }) {
  const places = [...new Set((found?.by_grid ?? []).map((row) => placeOf(row.no).village))];
  const at = new Date(now.value).toISOString();
  const item: InboxItem = {
    type: "broadcast", id: "preview", chain: "preview", version: 1, state: "in_force", stage: "pushed", answer: null, own: true, passing: false, on_behalf: [],
    data: { ...words, effective: at, sent_at: at, expires: new Date(now.value + words.hours * 3_600_000).toISOString(), places: places.length > 0 ? places : ["…"], area: {}, reason: null, inside: true },
  };
  return (
    <details class="phone-preview" data-testid="phone-preview">
      <summary>{say("phonePreview")}</summary>
      <div class="phone" inert><div class="resident"><MessageCard item={item} waiting={false} /></div></div>
    </details>
  );
}
