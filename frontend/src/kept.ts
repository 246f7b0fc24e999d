// What a browser keeps for itself. Where it keeps nothing (private windows, a full phone), what is shown and sent goes on without.
type Place = () => Storage;
const local: Place = () => localStorage;
/** As long as this tab: over a reload or a crash, gone with it. */
const tab: Place = () => sessionStorage;

/** Keep something; false where nothing is kept: then it lasts as long as the page is open. */
function keep(place: Place, name: string, value: unknown): boolean {
  try {
    place().setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function kept<Kept>(place: Place, name: string, otherwise: Kept): Kept {
  try {
    return (JSON.parse(place().getItem(name) ?? "null") as Kept | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export const keepLocally = (name: string, value: unknown): boolean => keep(local, name, value);
export const keptLocally = <Kept>(name: string, otherwise: Kept): Kept => kept(local, name, otherwise);
export const keepForTab = (name: string, value: unknown): boolean => keep(tab, name, value);
export const keptForTab = <Kept>(name: string, otherwise: Kept): Kept => kept(tab, name, otherwise);
/** Forget all, but for what is written down with whose it is. */
export const forgetTab = (but: string[] = []): void => {
  try {
    const stays = but.map((name) => [name, sessionStorage.getItem(name)] as const);
    sessionStorage.clear();
    for (const [name, value] of stays) if (value !== null) sessionStorage.setItem(name, value);
  } catch {
    // Nothing was kept.
  }
};
/** Call back when another tab of this browser keeps something else under a name. */
export const whenKeptElsewhere = (name: string, then: () => void): void => globalThis.addEventListener?.("storage", (event) => event.key === name && then());
