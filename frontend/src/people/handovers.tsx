// What was handed to an officer: the list, and the signature under it.
import { effect, signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { lastEvent, session } from "../realtime/store";
import { now, when } from "../time";
import { why } from "../ui/parts";
import { trying } from "../ui/tried";
import type { Handover } from "../wire";
import { language, number, say } from "../words";

export const handovers = signal<Handover[]>([]);
const trouble = signal("");

async function read(): Promise<void> {
  try {
    handovers.value = (await take(api.GET("/api/handovers"))).items;
  } catch (error) {
    if (error instanceof Refusal) trouble.value = error.message; // that there is no signal stands above already
  }
}

/** Read what waits for this officer's signature, at first and whenever assignments change. */
export function followHandovers(): void {
  effect(() => {
    const event = lastEvent.value;
    if (session.value && (!event || event.event === "assignment.changed")) void read();
  });
}

/** Of one's grids all of them, for who assigns: whether the successor has signed. */
const given = signal<Handover[]>([]);

export async function readGiven(): Promise<void> {
  try {
    given.value = (await take(api.GET("/api/handovers", { params: { query: { of: "all" } } }))).items;
  } catch (error) {
    trouble.value = why(error);
  }
}

export function GivenHandovers() {
  if (given.value.length === 0) return null;
  return (
    <>
      <h3>{say("handoversGiven")}</h3>
      <ul class="picked" data-testid="given">{given.value.map((row) => (
        <li key={row.id}><b>{row.giver} → {row.taker}</b><span>{when(row.at, language.value)}</span><span class={row.signed_at ? "" : "nobody"}>{row.signed_at ? say("handoverSigned", { at: when(row.signed_at, language.value) }) : say(Date.parse(row.at) > now.value ? "handoverToCome" : "handoverUnsigned")}</span></li>
      ))}</ul>
    </>
  );
}

const tried = trying(trouble);
async function sign(row: Handover): Promise<void> {
  await tried(() => take(api.POST("/api/handovers/{id}/sign", { params: { path: { id: row.id } } })));
  await read();
}

export function HandoverTasks() {
  return (
    <>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {handovers.value.map((row) => (
        <article key={row.id} class="task handover-task" data-testid="handover">
          <div><b>{say("handoverGot", { name: row.giver })}</b><small>{when(row.at, language.value)} · {row.grids.slice(0, 4).join("、")}{row.grids.length > 4 ? say("assignMore", { n: row.grids.length - 4 }) : ""}</small>
            <small>{say("handoverList", { r: number(row.residents), h: number(row.households), i: row.open_incidents, j: row.waiting_joins, c: row.codes, k: row.waiting_corrections, o: row.waiting_consents })}</small></div>
          <button type="button" class="primary" disabled={Date.parse(row.at) > now.value} onClick={() => void sign(row)}>{say("handoverSign")}</button>
        </article>
      ))}
    </>
  );
}
