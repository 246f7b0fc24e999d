// For whom this phone hears too: asked first, told so, and ended with a tap.
import { signal } from "@preact/signals";
import { api, take } from "../api";
import { hearings, readInbox } from "../broadcasts/inbox";
import { why } from "../ui/parts";
import type { Hearing } from "../wire";
import { say } from "../words";

const trouble = signal("");
const sure = signal("");

async function answer(row: Hearing, agreed: boolean): Promise<void> {
  if (!agreed && row.active && sure.value !== row.id) return void (sure.value = row.id);
  sure.value = "";
  try {
    await take(api.POST("/api/hearings/{id}", { params: { path: { id: row.id } }, body: { agreed } }));
    trouble.value = "";
    if (agreed) hearings.value = hearings.value.map((other) => (other.id === row.id ? { ...other, active: true } : other));
    else await readInbox();
  } catch (error) {
    trouble.value = why(error);
  }
}

export function Hearings() {
  if (hearings.value.length === 0) return null;
  return (
    <section class="hearings" data-testid="hearings">
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {hearings.value.map((row) => (
        <article key={row.id}>
          <p>{say(row.active ? "hearingNow" : "hearingAsk", { name: row.shown_as })}</p>
          {!row.active && <button type="button" class="primary" onClick={() => void answer(row, true)}>{say("hearingYes")}</button>}
          <button type="button" class={sure.value === row.id ? "danger" : "secondary"} onClick={() => void answer(row, false)}>{say(!row.active ? "hearingNo" : sure.value === row.id ? "hearingEndSure" : "hearingEnd")}</button>
        </article>
      ))}
    </section>
  );
}
