// A spreadsheet goes up in parts, each of which may be sent again; then the server's reader works, and we look how far it is.
import { signal } from "@preact/signals";
import { api, key, take } from "../api";
import { why } from "../ui/parts";
import type { Import, ImportRow } from "../wire";

const PART_BYTES = 600_000; // as in gridmap/imports/actions.py
const LOOK_EVERY = 700;
const TRIES = 5;
const TRY_AGAIN = 2000;
const WORKING = new Set(["reading", "committing", "undoing"]);
export const imports = signal<Import[]>([]);
/** Whether this county keeps identity numbers; else they give the year of birth and are gone. */
export const keepsIdNumbers = signal(false);
export const current = signal<Import | null>(null);
export const rows = signal<{ items: ImportRow[]; total: number }>({ items: [], total: 0 });
export const shownState = signal<"bad" | "doubtful">("bad");
export const uploaded = signal(0);
export const importTrouble = signal("");

async function tried<Data>(call: () => Promise<Data>): Promise<Data | null> {
  try {
    const found = await call();
    importTrouble.value = "";
    return found;
  } catch (error) {
    importTrouble.value = why(error);
    return null;
  }
}

export async function readImports(): Promise<void> {
  const found = await tried(() => take(api.GET("/api/imports")));
  if (!found) return;
  imports.value = found.items;
  keepsIdNumbers.value = found.keeps_id_numbers;
}

export async function upload(file: File, kind: "register" | "wecom", under: string | null): Promise<void> {
  uploaded.value = 0;
  const begun = await tried(() => take(api.POST("/api/imports", { body: { name: file.name.slice(-120), size: file.size, kind, under }, headers: key() })));
  if (!begun) return;
  current.value = begun;
  const parts = Math.ceil(file.size / PART_BYTES);
  for (let number = 0; number < parts; number++) {
    const content = await base64(file.slice(number * PART_BYTES, (number + 1) * PART_BYTES));
    let taken: Import | null = null;
    for (let attempt = 0; !taken && attempt < TRIES; attempt++) {
      if (attempt) await new Promise((again) => setTimeout(again, TRY_AGAIN * attempt));
      taken = await tried(() => take(api.POST("/api/imports/{id}/parts", { params: { path: { id: begun.id } }, body: { number, content } })));
    }
    if (!taken) {
      const said = importTrouble.value; // why it stopped stands on while the list is read anew
      await readImports();
      return void (importTrouble.value = said);
    }
    uploaded.value = (number + 1) / parts;
    current.value = taken;
  }
  follow(begun.id);
}

function base64(part: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(part);
  });
}

/** Look how far an import is until the reader is done with it. */
export function follow(id: string): void {
  void tried(() => take(api.GET("/api/imports/{id}", { params: { path: { id } } }))).then((now) => {
    if (now && (current.value === null || current.value.id === id)) current.value = now;
    if (!now || WORKING.has(now.state)) return void setTimeout(() => follow(id), LOOK_EVERY);
    void readImports();
    if (now.state === "staged" && current.value?.id === id) void readRows(id, now.counts["bad"] ? "bad" : "doubtful", 1);
  });
}

export async function readRows(id: string, state: "bad" | "doubtful", page: number): Promise<void> {
  const found = await tried(() => take(api.GET("/api/imports/{id}/rows", { params: { path: { id }, query: { state, page } } })));
  if (found) rows.value = page > 1 ? { ...found, items: [...rows.value.items, ...found.items] } : found;
  shownState.value = state;
}

const step = async (call: () => Promise<Import>): Promise<void> => {
  const now = await tried(call);
  if (!now) return;
  current.value = now;
  follow(now.id);
};
export const readAgain = (id: string, columns: (string | null)[]): Promise<void> => step(() => take(api.POST("/api/imports/{id}/read", { params: { path: { id } }, body: { columns } })));
export const commit = (id: string, doubtful: boolean): Promise<void> => step(() => take(api.POST("/api/imports/{id}/commit", { params: { path: { id } }, body: { doubtful } })));
export const undo = (id: string): Promise<void> => step(() => take(api.POST("/api/imports/{id}/undo", { params: { path: { id } } })));

export async function discard(id: string): Promise<void> {
  if (!(await tried(async () => { await take(api.DELETE("/api/imports/{id}", { params: { path: { id } } })); return true; }))) return;
  current.value = null;
  await readImports();
}

/** The residents of a grid as a spreadsheet, saved by the browser. */
export async function download(grid: string, clear: boolean, reason: string): Promise<boolean> {
  const file = await tried(() => take(api.POST("/api/residents/export", { body: { grid, clear, reason }, parseAs: "blob" })));
  if (!file) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file as unknown as Blob);
  link.download = `${grid}.xlsx`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}
