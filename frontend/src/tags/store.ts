// The county's tags, read once; their names in the reader's language.
import { computed, signal } from "@preact/signals";
import { api, take } from "../api";
import { why } from "../ui/parts";
import type { Tag } from "../wire";
import { type Key, language } from "../words";

export const CATEGORIES = ["care", "communication", "medical", "minor", "work", "strength", "dwelling"] as const;
export const CATEGORY: Record<Tag["category"], Key> = { care: "tagCare", communication: "tagCommunication", medical: "tagMedical", minor: "tagMinor", work: "tagWork", strength: "tagStrength", dwelling: "tagDwelling" };
export const tags = signal<Tag[]>([]);
export const tagsTrouble = signal("");
const byCode = computed(() => new Map(tags.value.map((tag) => [tag.code, tag])));

let loading = false;
export async function loadTags(): Promise<void> {
  if (loading) return;
  loading = true;
  try {
    tags.value = (await take(api.GET("/api/tags"))).items;
    tagsTrouble.value = "";
  } catch (error) {
    tagsTrouble.value = why(error);
  } finally {
    loading = false;
  }
}

export const nameOf = (tag: Tag): string => (language.value === "en" ? tag.name_en : tag.name_zh);
/** Whether a tag is one that somebody looks for by some signs of its names or of what it means. */
export const fits = (tag: Tag, said: string): boolean => `${tag.name_zh} ${tag.name_en} ${tag.definition_zh}`.toLowerCase().includes(said);
export const inLanguage = (chinese: string, english: string): string => (language.value === "en" && english ? english : chinese);
export const tagName = (code: string): string => {
  const tag = byCode.value.get(code);
  return tag ? nameOf(tag) : code;
};
