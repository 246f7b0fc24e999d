// Big type on a narrow screen: a line breaks between words and never inside one (开裂 stays 开裂), nor before a comma.
const LONGEST = 8; // a longer one is a number or an address, and may break where it has to
const OPENING = /^[（【《“‘〔]$/u;

export function Phrases({ text, language }: { text: string; language: string }) {
  return <>{phrases(text, language).map((part, i) => (part.length > LONGEST ? part : <span key={i} class="whole">{part}</span>))}</>;
}

/** Words with the marks that belong to them; the whole text as one part where the browser knows no words. */
export function phrases(text: string, language: string): string[] {
  if (!("Segmenter" in Intl)) return [text];
  const parts: string[] = [];
  let before = "";
  for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: "word" }).segment(text)) {
    const last = parts[parts.length - 1] ?? "";
    if (OPENING.test(segment)) before += segment;
    // The dictionary does not know every word: two signs that stand alone side by side are one more likely than not.
    else if (isWordLike && segment.length === 1 && last.length === 1 && !before && last.trim()) parts[parts.length - 1] = last + segment;
    else if (isWordLike || parts.length === 0 || before || segment.trim() === "") {
      parts.push(before + segment);
      before = "";
    } else parts.push((parts.pop() ?? "") + segment);
  }
  return before ? [...parts, before] : parts;
}
