// My people: everybody, or those whom nobody reaches; names and phones masked.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Resident } from "../wire";
import { number, say } from "../words";

const PAGE = 50;
const onlyMissed = signal(true);
const page = signal(1);
const list = signal<{ items: Resident[]; total: number } | null>(null);
const refused = signal("");

async function read(code: string, missed: boolean, wanted: number): Promise<void> {
  try {
    list.value = missed
      ? await take(api.GET("/api/coverage/{code}/missed", { params: { path: { code }, query: { page: wanted } } }))
      : await take(api.GET("/api/residents", { params: { query: { under: code, page: wanted } } }));
    refused.value = "";
  } catch (error) {
    refused.value = why(error);
  }
}

effect(() => {
  const code = session.value?.user.grids[0];
  if (code) void read(code, onlyMissed.value, page.value);
});

function choose(missed: boolean): void {
  onlyMissed.value = missed;
  page.value = 1;
}

export function PeopleList() {
  const shown = list.value;
  return (
    <>
      <div class="choice">
        <button type="button" class={onlyMissed.value ? "chosen" : ""} onClick={() => choose(true)}>{say("missed")}</button>
        <button type="button" class={onlyMissed.value ? "" : "chosen"} onClick={() => choose(false)}>{say("all")}</button>
      </div>
      {refused.value && <p class="refused" role="alert">{refused.value}</p>}
      <h2>{shown ? say("people", { n: number(shown.total) }) : say("loading")}</h2>
      <ul class="rows" data-testid="people">{shown?.items.map((person) => (
        <li key={person.id}>
          <b>{person.name}</b><span class={person.connected ? "on" : "nobody"}>{say(person.connected ? "connectedPerson" : "notConnected")}</span>
          <small>{person.phone ?? say("noPhone")} · {person.group}</small><small>{say(person.presence === "here" ? "here" : person.presence === "away" ? "awayHere" : "unknown")}</small>
        </li>
      ))}</ul>
      <div class="choice">
        <button type="button" disabled={page.value <= 1} onClick={() => page.value--}>{say("previous")}</button>
        <button type="button" disabled={!shown || page.value * PAGE >= shown.total} onClick={() => page.value++}>{say("next")}</button>
      </div>
    </>
  );
}
