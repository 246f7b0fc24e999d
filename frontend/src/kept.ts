// What a browser keeps for itself. Where it keeps nothing (private windows, a full phone), what is shown and sent goes on without.
export function keepLocally(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Nothing that a resident or an officer could do about it; it lasts as long as the page is open.
  }
}

export function keptLocally<Kept>(name: string, otherwise: Kept): Kept {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? "null") as Kept | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}
