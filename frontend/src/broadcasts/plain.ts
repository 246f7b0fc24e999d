// Whether everybody understands a warning: sentences that are too long, and words of the trade, each with what people say.
import type { Key } from "../words";
import { PLAINER } from "../words/plain";

const LONG_HEADLINE = 22; // signs: two lines on a phone
const LONG_SENTENCE = 32;
export interface Hint {
  key: Key;
  values: Record<string, string | number>;
}

/** Give what could be said more plainly; hints, never a refusal. */
export function hintsFor(words: { headline: string; description: string; instruction: string }): Hint[] {
  const hints: Hint[] = [];
  if (words.headline.length > LONG_HEADLINE) hints.push({ key: "plainHeadline", values: { n: words.headline.length, most: LONG_HEADLINE } });
  const text = [words.headline, words.description, words.instruction].join("。");
  const longest = text.split(/[。！？；!?;\n]/).reduce((long, sentence) => (sentence.trim().length > long.length ? sentence.trim() : long), "");
  if (longest.length > LONG_SENTENCE) hints.push({ key: "plainSentence", values: { text: `${longest.slice(0, 12)}…`, n: longest.length } });
  const found = Object.keys(PLAINER).filter((term) => text.includes(term));
  for (const term of found.filter((one) => !found.some((other) => other !== one && other.includes(one)))) hints.push({ key: "plainTerm", values: { term, plainer: PLAINER[term] ?? "" } });
  return hints;
}
