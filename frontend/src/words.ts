// Every word a person reads comes through here: Chinese unless the reader switched to English.
import { computed, effect, signal } from "@preact/signals";
import { keepLocally, keptLocally } from "./kept";
import { en } from "./words/en";
import { type Words, zh } from "./words/zh";

export type Key = keyof Words;
const KEPT = "gridmap.language";

function begin(): "zh" | "en" {
  const asked = new URLSearchParams(location.search).get("lang");
  return (asked ?? keptLocally(KEPT, "zh")) === "en" ? "en" : "zh";
}

export const language = signal<"zh" | "en">(begin());
const words = computed<Words>(() => (language.value === "en" ? en : zh));

export function say(key: Key, values: Record<string, string | number> = {}): string {
  return words.value[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function switchLanguage(): void {
  language.value = language.value === "en" ? "zh" : "en";
  keepLocally(KEPT, language.value);
}
effect(() => { if (globalThis.document) document.documentElement.lang = language.value === "en" ? "en" : "zh-CN"; });

/** A language by its own name. */
export const languageName = (tag: string): string => (tag === "zh-CN" ? say("chinese") : "DisplayNames" in Intl ? (new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag) : tag); // phones before 2021 show the tag

export const number = (n: number): string => n.toLocaleString("en-US");
