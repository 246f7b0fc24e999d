// The same words in further languages; residents choose on their phones.
import { languageName as named, say } from "../words";
import type { Words } from "./draft";

/** Languages that people here and travellers read; the server takes any. */
const OFFERED = ["en", "ja", "ko", "ru", "fr", "ar"];
type Translation = Words["languages"][number];

export function Translations({ words, set }: { words: Words; set: (change: Partial<Words>) => void }) {
  const change = (language: string, said: Partial<Translation>): void => set({ languages: words.languages.map((one) => (one.language === language ? { ...one, ...said } : one)) });
  const left = OFFERED.filter((tag) => !words.languages.some((one) => one.language === tag));
  return (
    <details class="translations" data-testid="translations" open={words.languages.length > 0 || undefined}>
      <summary>{say("languagesToo")}</summary>
      <p class="note">{say("languageNote")}</p>
      {words.languages.map((one) => (
        <fieldset key={one.language} lang={one.language}>
          <legend>{named(one.language)} <button type="button" class="quiet" onClick={() => set({ languages: words.languages.filter((other) => other !== one) })}>{say("languageDrop")}</button></legend>
          {(["headline", "description", "instruction"] as const).map((name) => <label key={name} class="field"><span>{say(name)} · {named(one.language)}</span><textarea rows={name === "headline" ? 1 : 2} required={name === "headline"} maxLength={name === "headline" ? 120 : 1000} value={one[name]} onInput={(event) => change(one.language, { [name]: event.currentTarget.value })} /></label>)}
        </fieldset>
      ))}
      {left.length > 0 && <label class="field"><span>{say("languageTag")}</span><select value="" onChange={(event) => { if (event.currentTarget.value) set({ languages: [...words.languages, { language: event.currentTarget.value, headline: "", description: "", instruction: "" }] }); event.currentTarget.value = ""; }}><option value="" />{left.map((tag) => <option key={tag} value={tag}>{named(tag)}</option>)}</select></label>}
    </details>
  );
}
