// What residents say is wrong in the register; the officer who knows the family decides.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { session } from "../realtime/store";
import { why } from "../ui/parts";
import type { Correction } from "../wire";
import { say } from "../words";
import { fieldName } from "./person-history";

const MINUTE = 60_000;
const MAY = new Set(["commander", "township_head", "officer", "auxiliary"]);
export const corrections = signal<Correction[]>([]);
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

async function decide(row: Correction, accept: boolean): Promise<void> {
  const at = { params: { path: { id: row.id } } };
  try {
    await take(accept ? api.POST("/api/corrections/{id}/accept", at) : api.POST("/api/corrections/{id}/refuse", at));
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
          <div class="steps"><button type="button" onClick={() => void decide(row, true)}>{say("correctionAccept")}</button><button type="button" onClick={() => void decide(row, false)}>{say("correctionRefuse")}</button></div>
        </article>
      ))}
    </>
  );
}
