// Who left the register, and taking it back.
import { signal } from "@preact/signals";
import { api, take } from "../api";
import { placeOf } from "../grids/store";
import { when } from "../time";
import { why } from "../ui/parts";
import type { Former } from "../wire";
import { type Key, language, say } from "../words";

const HOW: Record<string, Key> = { left: "leftCounty", died: "died", merged: "personMerge" };
const rows = signal<Former[] | null>(null);
const trouble = signal("");

async function tried(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
    rows.value = (await take(api.GET("/api/former-residents"))).items;
    trouble.value = "";
  } catch (error) {
    rows.value ??= [];
    trouble.value = why(error);
  }
}

const bringBack = (row: Former): Promise<void> => tried(() => take(api.POST("/api/former-residents/{id}/return", { params: { path: { id: row.id } } })));

/** Read anew whenever the list is looked at: somebody may have been marked as left a moment ago. */
export const readFormer = (): Promise<void> => tried(async () => undefined);

export function FormerList() {
  return (
    <section class="former" data-testid="former">
      <p class="small">{say("formerHow")}</p>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <ul>{rows.value?.map((row) => (
        <li key={row.id}><p><b>{row.name || say("nameErased")}</b> {placeOf(row.no).village} {row.group}<small>{say(HOW[row.how] ?? "leftCounty")} · {when(row.at, language.value)}</small></p>{row.how !== "merged" && <button type="button" class="secondary" onClick={() => void bringBack(row)}>{say("formerReturn")}</button>}</li>
      ))}</ul>
      {rows.value?.length === 0 && <p class="nothing">{say("formerNone")}</p>}
    </section>
  );
}
