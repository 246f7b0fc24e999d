// Whether everybody understands a warning: sentences that are too long, and words of the trade, each with what people say.
import type { Key } from "../words";

const LONG_HEADLINE = 22; // signs: two lines on a phone
const LONG_SENTENCE = 32;
/** Words that a grandmother does not know, and what to write instead; Chinese, as the messages are. */
const PLAINER: Record<string, string> = {
  强降水: "大雨", 强降雨: "大雨", 短时强降水: "一阵大暴雨", 次生灾害: "滑坡、塌方等", 地质灾害: "滑坡、泥石流", 避险转移: "离开，到安全的地方去", 转移安置: "到安置点去住", 撤离转移: "马上离开",
  临灾: "马上要出事的", 汛情: "河水情况", 险情: "危险", 警戒水位: "危险水位", 泄洪: "水库放水", 塌陷: "地往下陷", 管制: "不让通行", 绕行: "走别的路", 启动应急响应: "开始防灾", 应急响应: "防灾安排", 研判: "估计", 处置: "处理", 值守: "守着",
};

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
