// Telephone numbers that an officer asked for on the knock list; kept only while the page is open.
import { signal } from "@preact/signals";
import { api, take } from "../api";
import { trying } from "../ui/tried";
import type { Call } from "../wire";
import { type Door, nameOf } from "./knocks";

export const calls = signal<ReadonlyMap<string, Call>>(new Map());
export const callTrouble = signal("");
const tried = trying(callTrouble);

export const call = (door: Door): Promise<boolean> =>
  tried(async () => {
    const found = await take(api.POST("/api/broadcasts/{id}/call", { params: { path: { id: door.broadcast.id } }, body: { resident: door.knock.resident } }));
    calls.value = new Map([...calls.value, [nameOf(door), found]]);
  });
