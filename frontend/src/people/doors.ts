// The doors of one group: opened by a tap on the map or in the drill, read when somebody opens it, since every look is written down.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { groups, placeOf } from "../grids/store";
import { why } from "../ui/parts";
import type { Door, Doors } from "../wire";
import { openPerson } from "./person";

/** The code of the group whose doors are open, empty for none. */
export const openGroup = signal("");
export const doors = signal<Doors | null>(null);
export const doorsTrouble = signal("");
export const groupName = computed(() => {
  const group = groups.value.find((row) => row.code === openGroup.value);
  return group ? `${placeOf(group.no).village} ${group.name}` : "";
});

effect(() => {
  const code = openGroup.value;
  doors.value = null;
  doorsTrouble.value = "";
  if (code) void read(code);
});

async function read(code: string): Promise<void> {
  try {
    const found = await take(api.GET("/api/coverage/{code}/households", { params: { path: { code } } }));
    if (openGroup.peek() === code) doors.value = found;
  } catch (error) {
    if (openGroup.peek() === code) doorsTrouble.value = why(error);
  }
}

/** Open a door: the person by whom it is named, with everybody who lives there. */
export async function openDoor(door: Door): Promise<void> {
  try {
    openPerson(await take(api.GET("/api/residents/{id}", { params: { path: { id: door.resident } } })));
  } catch (error) {
    doorsTrouble.value = why(error);
  }
}
