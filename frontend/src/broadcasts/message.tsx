// One message as a resident reads it: headline, am I inside, what to do, until when, who says so; then the answers.
import { effect, signal } from "@preact/signals";
import { isLater, when } from "../time";
import type { InboxItem } from "../wire";
import { type Key, language, languageName, say } from "../words";
import { Demo } from "../ui/parts";
import { Phrases } from "../ui/phrases";
import { colourOf } from "./level";
import { ask, type Outline, whereabouts } from "./inside";
import "./message.css";
import { type Answer, answer, answers, demo, helpTaken, home, isMissed, isOver, messages, notTaken, onPageAlone, unsure } from "./inbox";

const EVACUATION: [Answer, Key][] = [["moving", "iAmMoving"], ["safe", "iAmSafe"], ["need_help", "iNeedHelp"]];
const OTHER: [Answer, Key][] = [["acknowledged", "gotIt"]];
const MISSED: [Answer, Key][] = [["safe", "iAmSafe"], ["need_help", "iNeedHelp"]]; // its time is over, and people still look for them
const OUTSIDE: [Answer, Key][] = [["acknowledged", "gotIt"], ["need_help", "iNeedHelp"]]; // out of the area is not out of need
const TOLD: [Answer, Key][] = [["acknowledged", "toldThem"]]; // for somebody else: where they are, they or their officer say

/** `pictures`: where its picture is read; the desk looks at it by another address than a phone. */
export function MessageCard({ item, waiting, pictures = "/api/inbox/pictures/" }: { item: InboxItem; waiting: boolean; pictures?: string }) {
  const { data } = item;
  const words = inLanguage(data);
  const over = isOver(item);
  const state = over && item.state === "in_force" ? "expired" : item.state; // its time is over, and no signal has said so yet
  const outside = !over && item.own && !data.inside; // whoever is out of the area must not read "leave at once"
  const evacuation = data.kind === "danger_notice";
  const choices = !item.own ? TOLD : over ? MISSED : evacuation ? (data.inside ? EVACUATION : OUTSIDE) : OTHER;
  const said = answers.value.get(item.chain)?.stage ?? item.answer ?? (item.stage === "acknowledged" ? "acknowledged" : null);
  // What to do comes before what it looks like; who looks for a child has to see the child first.
  const picture = data.picture && <img class="picture" src={pictures + data.picture} alt={say("pictureOf", { headline: words.headline })} />;
  const saidWord = choices.find(([stage]) => stage === said)?.[1];
  const buttons = choices.map(([stage, key]) => (
    <button key={stage} type="button" class={`${stage} ${said === stage ? "chosen" : ""}`} aria-pressed={said === stage} onClick={() => answer(item, stage)}>{said === stage ? "✓ " : ""}{say(key)}</button>
  ));
  return (
    <article class={`message level-${colourOf(data)} ${outside ? "outside" : ""} ${over ? `over ${state}` : ""}`} data-testid="message" data-state={state}>
      <header>
        <p><span>{say(data.kind)}{data.category === "Other" ? "" : ` · ${say(`category_${data.category}`)}`} · {say(data.level)}</span><Demo shown={demo.value} />{item.version > 1 && !over && <b>{say("updatedMessage")}</b>}{data.drill && <b>{say("drillNote")}</b>}{data.trial && <b>{say("trialNote")}</b>}</p>
        <h1>{data.trial ? say("trialMark") : ""}{data.drill ? say("drill") : ""}<span lang={words.language}><Phrases text={words.headline} language={words.language} /></span></h1>
        {data.languages.length > 0 && <Languages data={data} />}
      </header>
      {notTaken.value.has(item.chain) && <p class="refused not-taken" role="alert">{say("notTaken", { why: notTaken.value.get(item.chain) ?? "" })}</p>}
      {over && <p class="verdict">{say(item.state === "cancelled" ? "cancelledBig" : "expiredBig")}{data.reason ? `：${data.reason}` : ""}</p>}
      {over && waiting && <p class="said waits" role="status">{queued(said, data.drill)}</p>}
      {over && !waiting && (item.answer === "need_help" || helpTaken.value.has(item.chain)) && <p class="said" role="status">{say(data.drill ? "helpToldDrill" : isMissed(item) ? "helpTold" : "helpToldOver")}</p>}
      {isMissed(item) && <><p class="still-looking">{say("stillLooking")}</p><div class="answers">{buttons}</div></>}
      {item.on_behalf.length > 0 && <p class="inside behalf">{say(item.own ? "onBehalf" : "onBehalfOnly", { names: item.on_behalf.join("、") })}</p>}
      {!over && item.own && !unsure.value.has(item.id) && outside && <p class="inside">{say(item.passing ? "youPassOutside" : "youAreOutside")}</p>}
      {!over && item.own && !unsure.value.has(item.id) && data.inside && <p class="inside">{item.passing ? say(evacuation ? "youPassInside" : "youPassInsideOther") : `${say(evacuation ? "youAreInside" : "youAreInsideOther")}${home.value.length > 1 ? `（${home.value.slice(1).join(" ")}）` : ""}`}</p>}
      {!over && (
        <>
          <dl>
            {words.instruction && !outside && <><dt>{say("whatToDo")}</dt><dd lang={words.language}>{words.instruction}</dd></>}
            {words.description && !outside && <><dt>{say("description")}</dt><dd lang={words.language}>{words.description}</dd></>}
            <dt>{say("whereIs")}</dt><dd>{placesSaid(data.places)}</dd>
            {isLater(data.effective, data.sent_at) && <><dt>{say("begins")}</dt><dd>{when(data.effective, language.value)}</dd></>}
            <dt>{say("untilWhen")}</dt><dd>{say("before", { time: when(data.expires, language.value) })}</dd>
            <dt>{say("whoSays")}</dt><dd>{data.issuer}{data.authority ? ` · ${data.authority}` : ""} · {when(data.sent_at, language.value)}</dd>
          </dl>
          {!evacuation && picture}
          <div class="answers">
            {saidWord && <p class={waiting ? "said waits" : "said"} role="status">{waiting ? queued(said, data.drill) : said === "need_help" ? say(data.drill ? "helpToldDrill" : "helpTold") : !item.own ? say("toldThanks") : `${say("answered", { what: say(saidWord) })} · ${say("changeAnswer")}`}</p>}
            {buttons}
          </div>
          {evacuation && !outside && picture}
          <div class="tools">
            {"speechSynthesis" in window && <button type="button" aria-pressed={reading.value === item.id} onClick={() => (reading.value === item.id ? stopReading() : readAloud(item))}>{say(reading.value === item.id ? "stopReading" : "readAloud")}</button>}
            {"geolocation" in navigator && <button type="button" onClick={() => ask(item.id, data.area as unknown as Outline, data.area_within_m)}>{say("amIInside")}</button>}
          </div>
          <WhereIAm id={item.id} />
        </>
      )}
    </article>
  );
}

/** Who calls for help where there is no signal has told nobody yet, and has to hear that. */
const queued = (said: string | null, drill: boolean): string => say(said === "need_help" ? (drill ? "helpQueuedDrill" : "helpQueued") : "queued") + (onPageAlone.value ? say("pageAlone") : "");

const FEW = 2;
/** Where it is: villages, of a large area townships, of the largest only some of these ("…" at their end). */
function placesSaid(places: string[]): string {
  const names = places.slice(0, FEW).join("、");
  return places[places.length - 1] === "…" ? say("placesMany", { names }) : places.length > FEW ? say("placesSome", { names, n: places.length }) : names;
}

type Data = InboxItem["data"];
/** The language that the reader asked for on a message; none until they do: then it is the page's, where the message has it. */
const chosen = signal<string | null>(null);
const CHINESE = "zh-CN";

function inLanguage(data: Data): { language: string; headline: string; description: string; instruction: string } {
  const wanted = chosen.value ?? (language.value === "en" ? "en" : CHINESE);
  return data.languages.find((one) => one.language === wanted) ?? { language: CHINESE, headline: data.headline, description: data.description, instruction: data.instruction };
}

function Languages({ data }: { data: Data }) {
  const now = inLanguage(data).language;
  return <div class="languages">{[CHINESE, ...data.languages.map((one) => one.language)].map((tag) => <button key={tag} type="button" lang={tag} aria-pressed={tag === now} onClick={() => (chosen.value = tag)}>{languageName(tag)}</button>)}</div>;
}

function WhereIAm({ id }: { id: string }) {
  const found = whereabouts.value.get(id);
  if (!found) return null;
  const text = found === "waits" ? say("insideWaits") : found === "unknown" ? say("insideUnknown") : found.border < found.accuracy ? say("insideNear") : say(found.inside ? "insideYes" : "insideNo", { n: found.border });
  return <p class="where-i-am" role="status" data-testid="where-i-am">{text}</p>;
}

/** The message that is being read aloud; it can be stopped, and stops where it holds no more. */
const reading = signal<string | null>(null);
effect(() => {
  const id = reading.value;
  const onPhone = messages.value.length > 0; // at the desk it is a preview that is read, and of no list
  if (id && onPhone && !messages.value.some((item) => item.id === id && (!isOver(item) || isMissed(item)))) stopReading();
});
function stopReading(): void {
  reading.value = null;
  speechSynthesis.cancel();
}

export function readAloud(item: InboxItem): void {
  const forWhom = item.on_behalf.length ? say(item.own ? "onBehalf" : "onBehalfOnly", { names: item.on_behalf.join("、") }) : "";
  const words = inLanguage(item.data);
  const voice = new SpeechSynthesisUtterance([item.data.trial ? say("trialNote") : item.data.drill ? say("drillNote") : "", forWhom, words.headline, ...(item.own && !item.data.inside ? [say("youAreOutside")] : [words.instruction, words.description])].filter(Boolean).join("。"));
  voice.lang = words.language;
  voice.rate = 0.85;
  speechSynthesis.cancel();
  reading.value = item.id;
  voice.onend = voice.onerror = () => { if (reading.value === item.id) reading.value = null; };
  speechSynthesis.speak(voice);
}
