// What residents say is wrong in the register; the officer who knows the family decides.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Correction, RefusedWhy } from "../wire";
import { type Key, say } from "../words";
import { fieldName } from "./person-history";

export const REFUSED: Record<RefusedWhy, Key> = { papers: "refused_papers", right: "refused_right", unclear: "refused_unclear" };
const WHY = Object.keys(REFUSED) as RefusedWhy[];
const MINUTE = 60_000;
const MAY = new Set(["commander", "township_head", "officer", "auxiliary"]);
export const corrections = signal<Correction[]>([]);
const refusing = signal("");
const trouble = signal("");

/** Look for corrections now and every minute: they are no emergency. */
export function followCorrections(): void {
  effect(() => {
    if (!MAY.has(session.value?.user.role ?? "") || !session.value?.user.grids.length) return undefined;
    void read();
    const timer = setInterval(() => void read(), MINUTE);
    return () => clearInterval(timer);
  });
}

async function read(): Promise<void> {
  try {
    corrections.value = (await take(api.GET("/api/corrections"))).items;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

async function decide(row: Correction, refused?: RefusedWhy): Promise<void> {
  const at = { params: { path: { id: row.id } } };
  try {
    await take(refused ? api.POST("/api/corrections/{id}/refuse", { ...at, body: { why: refused } }) : api.POST("/api/corrections/{id}/accept", at));
    refusing.value = "";
    await read();
  } catch (error) {
    trouble.value = why(error);
  }
}

export function CorrectionTasks() {
  return (
    <>
      {trouble.value && corrections.value.length > 0 && <p class="refused" role="alert">{trouble.value}</p>}
      {corrections.value.map((row) => (
        <article key={row.id} class="task" data-testid="correction">
          <span class="seal">{say("seal_correction")}</span>
          <div><b>{say("correctionOf", { name: row.resident.name, field: fieldName(row.field) })}</b><small>{row.resident.group} · {say("correctionTo", { value: row.value })}</small></div>
          <div class="steps"><button type="button" onClick={() => void decide(row)}>{say("correctionAccept")}</button><button type="button" aria-expanded={refusing.value === row.id} onClick={() => (refusing.value = refusing.value === row.id ? "" : row.id)}>{say("correctionRefuse")}</button></div>
          {refusing.value === row.id && <div class="steps why-not"><p>{say("correctionWhy")}</p>{WHY.map((why) => <button key={why} type="button" onClick={() => void decide(row, why)}>{say(REFUSED[why])}</button>)}</div>}
        </article>
      ))}
    </>
  );
}
