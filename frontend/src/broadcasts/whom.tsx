// Who of the area is meant, by tags: one of each category's, all categories together, and whom to leave out.
import { signal } from "@preact/signals";
import { CATEGORY, fits, inLanguage, loadTags, nameOf, tagName, tags } from "../tags/store";
import type { Tag } from "../wire";
import { say } from "../words";
import { whom } from "./draft";

const MOST_OFFERED = 8;
const searched = signal("");

function turn(list: "only" | "without", code: string): void {
  const { only, without } = whom.value;
  const mine = list === "only" ? only : without;
  const now = mine.includes(code) ? mine.filter((known) => known !== code) : [...mine, code];
  whom.value = list === "only" ? { only: now, without: without.filter((known) => known !== code) } : { only: only.filter((known) => known !== code), without: now };
}

function Chosen({ list }: { list: "only" | "without" }) {
  const chosen = whom.value[list];
  if (chosen.length === 0) return null;
  const full = (code: string): string => {
    const tag = tags.value.find((one) => one.code === code);
    return tag ? `${say(CATEGORY[tag.category])} · ${nameOf(tag)}` : code; // not known here: it can still be taken off
  };
  return <p class="chosen-tags"><small>{say(list === "only" ? "whomOnly" : "whomNot")}</small>{chosen.map((code) => <button key={code} type="button" class="chip" onClick={() => turn(list, code)}>{full(code)} ×</button>)}</p>;
}

/** In words, for whoever has to approve it; null when everybody in the area is meant. */
export function whomSaid(selection: Record<string, unknown>): string | null {
  const wanted = selection["tags"] as { any_of?: string[][]; none_of?: string[] } | undefined;
  if (!wanted) return null;
  if (tags.value.length === 0) void loadTags();
  const only = (wanted.any_of ?? []).map((codes) => codes.map(tagName).join(" / ")).join(" + ");
  const not = (wanted.none_of ?? []).map(tagName).join(" / ");
  return [only && `${say("whomOnly")} ${only}`, not && `${say("whomNot")} ${not}`].filter(Boolean).join("；");
}

export function Whom() {
  const said = searched.value.trim().toLowerCase();
  const fitting = said ? tags.value.filter((tag: Tag) => !tag.retired && fits(tag, said)).slice(0, MOST_OFFERED) : [];
  const picked = [...whom.value.only, ...whom.value.without];
  return (
    <details class="whom" data-testid="whom" onToggle={() => tags.value.length === 0 && void loadTags()}>
      <summary>{say("whomTitle")}{picked.length > 0 && <b>：{picked.map(tagName).join("、")}</b>}</summary>
      <p class="note">{say("whomHow")}</p>
      <Chosen list="only" /><Chosen list="without" />
      <input type="search" aria-label={say("tagSearch")} placeholder={say("tagSearch")} value={searched.value} onInput={(event) => (searched.value = event.currentTarget.value)} />
      <ul>{fitting.map((tag) => <li key={tag.code}><span><b>{nameOf(tag)}</b><small>{inLanguage(tag.definition_zh, tag.definition_en ?? "")}</small></span><button type="button" class="secondary" aria-pressed={whom.value.only.includes(tag.code)} onClick={() => turn("only", tag.code)}>{say("whomOnly")}</button><button type="button" class="secondary" aria-pressed={whom.value.without.includes(tag.code)} onClick={() => turn("without", tag.code)}>{say("whomNot")}</button></li>)}</ul>
    </details>
  );
}
