// The map by a tag: connected among those who carry it, group by group, for who may read the people there.
import { computed, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { why } from "../ui/parts";
import { chosenLevel, type Level } from "../grids/level";
import { say } from "../words";
import { loadTags, nameOf, tags } from "./store";

const NO_DATA = 255;
const chosen = signal("");
const trouble = signal("");
/** Percent by grid number of a level, null while nobody looks by a tag. */
export const shownTag = computed(() => tags.value.find((tag) => tag.code === chosen.value) ?? null);
export const tagShares = signal<{ level: Level; shares: Map<number, number> } | null>(null);

effect(() => {
  if (chosen.value) void read(chosen.value, chosenLevel.value ?? "group");
  else tagShares.value = null;
});

async function read(tag: string, level: Level): Promise<void> {
  tagShares.value = null; // those of another tag, or level, are not this one's
  try {
    const body = await take(api.GET("/api/coverage/values/tags/{tag}", { params: { path: { tag }, query: { level } }, parseAs: "arrayBuffer" }));
    const bytes = new Uint8Array(body as unknown as ArrayBuffer);
    if (chosen.peek() === tag && (chosenLevel.peek() ?? "group") === level) tagShares.value = { level, shares: new Map([...bytes].flatMap((byte, no) => (byte === NO_DATA ? [] : [[no, byte / 2] as const]))) };
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

export function ByTag() {
  if (tags.value.length === 0) void loadTags();
  return (
    <>
      <label class="field"><span>{say("mapByTag")}</span><select value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}><option value="">{say("everybodyHere")}</option>{tags.value.filter((tag) => !tag.retired && (tag.used ?? 1) > 0).map((tag) => <option key={tag.code} value={tag.code}>{nameOf(tag)}</option>)}</select></label>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
    </>
  );
}
