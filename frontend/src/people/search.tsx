// Finding one person by a whole phone or a whole name; parts find nothing, and every search is written down.
import { batch, signal } from "@preact/signals";
import { api, take } from "../api";
import { why } from "../ui/parts";
import type { Resident } from "../wire";
import { say } from "../words";

export const found = signal<Resident[] | null>(null);
export const searching = signal(false);
export const searchTrouble = signal("");

let asked = 0;

/** The last search counts, whichever answer comes last; nobody found before can be taken for an answer that is not here yet. */
async function search(said: string): Promise<void> {
  const mine = ++asked;
  batch(() => {
    found.value = null;
    searching.value = true;
    searchTrouble.value = "";
  });
  const body = /\d{5}/.test(said) ? { phone: said } : { name: said };
  try {
    const { items } = await take(api.POST("/api/residents/search", { body }));
    if (mine === asked) found.value = items;
  } catch (error) {
    if (mine === asked) searchTrouble.value = why(error);
  }
  if (mine === asked) searching.value = false;
}

function submit(event: SubmitEvent): void {
  event.preventDefault();
  const said = String(new FormData(event.currentTarget as HTMLFormElement).get("said")).trim();
  if (said) void search(said);
  else found.value = null;
}

export function Search() {
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input name="said" type="search" aria-label={say("searchHow")} placeholder={say("searchHow")} onInput={(event) => event.currentTarget.value === "" && (found.value = null)} />
      <button type="submit" class="secondary">{say("search")}</button>
      {searching.value && <p role="status">{say("searching")}</p>}
      {found.value?.length === 0 && <p role="status">{say("searchNone")}</p>}
      {searchTrouble.value && <p class="refused" role="alert">{searchTrouble.value}</p>}
    </form>
  );
}
