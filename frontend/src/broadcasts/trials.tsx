// 先发给我自己: the message goes to the desk's own phones first, by the way that residents will get it.
import { effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { trying } from "../ui/tried";
import type { TrialCode, TrialPhone } from "../wire";
import { number, say } from "../words";
import { area, endOf, selection, type Words } from "./draft";
import { words as written } from "./form";
import "./trials.css";

const phones = signal<TrialPhone[]>([]);
const code = signal<TrialCode | null>(null);
const trouble = signal("");
const sent = signal(0);
const busy = signal(false);
const tried = trying(trouble);
effect(() => {
  void written.value;
  void area.value; // what was tried is not what stands here now
  sent.value = 0;
});
const LOOK_EVERY = 2000;

async function load(): Promise<void> {
  await tried(async () => void (phones.value = (await take(api.GET("/api/trial-phones"))).items));
}

async function add(): Promise<void> {
  const before = phones.value.length;
  await tried(async () => void (code.value = await take(api.POST("/api/trial-phones"))));
  const look = async (): Promise<void> => {
    if (!code.value) return;
    await load();
    if (phones.value.length > before) code.value = null;
    else setTimeout(() => void look(), LOOK_EVERY);
  };
  void look();
}

const drop = (phone: TrialPhone): Promise<boolean> =>
  tried(async () => { await take(api.DELETE("/api/trial-phones/{id}", { params: { path: { id: phone.id } } })); await load(); });

async function send(words: Words, everybody: boolean): Promise<void> {
  const wanted = area.value;
  if (!wanted || busy.value) return;
  busy.value = true;
  sent.value = 0;
  const { hours, until, ...said } = words;
  const body = { ...said, selection: selection(wanted), expires: endOf({ hours, until }), everybody };
  await tried(async () => void (sent.value = (await take(api.POST("/api/trials", { body, headers: key() }))).phones));
  busy.value = false;
}

export function Trial({ words }: { words: Words }) {
  const mine = phones.value.filter((phone) => phone.mine);
  const ready = area.value !== null && words.headline.length > 1 && !busy.value;
  return (
    <details class="trial" data-testid="trial" onToggle={(event) => { if (event.currentTarget.open) void load(); else code.value = null; }}>
      <summary>{say("trialTitle")}</summary>
      <p class="note">{say("trialHow")}</p>
      <div class="row">
        <button type="button" class="secondary" disabled={!ready || mine.length === 0} onClick={() => void send(words, false)}>{say("trialMine", { n: number(mine.length) })}</button>
        <button type="button" class="secondary" disabled={!ready || phones.value.length === 0} onClick={() => void send(words, true)}>{say("trialEverybody", { n: number(phones.value.length) })}</button>
      </div>
      {sent.value > 0 && <p class="done" role="status">{say("trialSent", { n: number(sent.value) })}</p>}
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <ul>{mine.map((phone, i) => <li key={phone.id}><span>{say("trialPhone", { n: i + 1 })}</span><button type="button" class="quiet" onClick={() => void drop(phone)}>{say("trialDrop")}</button></li>)}</ul>
      {code.value
        ? <figure><img src={code.value.picture} alt={say("trialScan")} /><figcaption>{say("trialScan")}<br /><small data-testid="trial-url">{code.value.url}</small></figcaption></figure>
        : <button type="button" class="secondary" onClick={() => void add()}>{say("trialAdd")}</button>}
    </details>
  );
}
