// What a phone will show, at its real size, beside the words while they are written; and what could be said more plainly.
import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { placeOf } from "../grids/store";
import { now } from "../time";
import tokens from "../ui/tokens.css?inline";
import type { InboxItem, Preview } from "../wire";
import { say } from "../words";
import { endOf, type Words } from "./draft";
import { MessageCard, readAloud } from "./message";
import styles from "./message.css?inline";
import "./phone-preview.css";
import { hintsFor } from "./plain";

const open = signal(false); // the form is drawn anew twice a second: a phone that nobody looks at is not

export function Hints({ words }: { words: Words }) {
  const hints = hintsFor(words);
  if (hints.length === 0) return null;
  return <ul class="plain-hints" data-testid="plain-hints" aria-label={say("plainTitle")}>{hints.map((hint) => <li key={`${hint.key}${String(hint.values["term"] ?? "")}`}>{say(hint.key, hint.values)}</li>)}</ul>;
}

export function PhonePreview({ words, found }: { words: Words; found: Preview | null }) {
  return (
    <details class="phone-preview" data-testid="phone-preview" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{say("phonePreview")}</summary>
      {open.value && <Phone item={itemOf(words, found)} />}
      {open.value && "speechSynthesis" in window && <button type="button" class="secondary" onClick={() => readAloud(itemOf(words, found))}>{say("readAloud")}</button>}
    </details>
  );
}

/** The phone's own page in a tree of its own: the desk's styles must not reach into it. Its buttons answer nothing. */
function Phone({ item }: { item: InboxItem }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const root = place.current.shadowRoot ?? dressed(place.current.attachShadow({ mode: "open" }));
    render(<MessageCard item={item} waiting={false} pictures="/api/pictures/" />, root);
  });
  return <div class="phone" ref={place} inert />;
}

function dressed(root: ShadowRoot): ShadowRoot {
  root.adoptedStyleSheets = [tokens, styles].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  return root;
}

const MOST_PLACES = 6;
/** The names that a phone will show, as places in gridmap/edge/reads.py: villages, of a large area townships, those with most groups first. */
function placesOf(found: Preview | null): string[] {
  const named = (of: (no: number) => string): string[] => {
    const counted = new Map<string, number>();
    for (const { no } of found?.by_grid ?? []) counted.set(of(no), (counted.get(of(no)) ?? 0) + 1);
    return [...counted].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  };
  const villages = named((no) => placeOf(no).village);
  const names = villages.length <= MOST_PLACES ? villages : named((no) => placeOf(no).township);
  return names.length <= MOST_PLACES ? names : [...names.slice(0, MOST_PLACES), "…"];
}

function itemOf(words: Words, found: Preview | null): InboxItem {
  const places = placesOf(found);
  const at = new Date(now.value).toISOString();
  const data = { ...words, effective: words.effective ?? at, sent_at: at, expires: endOf(words), places: places.length > 0 ? places : ["…"], area: {}, area_within_m: 0, reason: null, trial: false, inside: true };
  return { type: "broadcast", id: "preview", chain: "preview", version: 1, state: "in_force", stage: "pushed", answer: null, own: true, passing: false, on_behalf: [], behalf: "", data };
}
