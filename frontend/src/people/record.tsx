// My record: what is kept about me, from where, who read it and why; have it corrected or erased; for a child, by an adult.
import { effect, signal } from "@preact/signals";
import { actionName } from "../audit/actions";
import { api, take } from "../api";
import { demo, inboxReady, unknownPhone } from "../broadcasts/inbox";
import { REFUSED } from "../register/corrections";
import { fieldName, fieldValue, sourceName } from "../register/person-history";
import { inLanguage } from "../tags/store";
import { dayOf, when } from "../time";
import { Demo } from "../ui/parts";
import { trying } from "../ui/tried";
import type { Kept } from "../wire";
import { language, say } from "../words";

const LOOK_EVERY = 800;
const CORRECTABLE = new Set(["name", "phone", "birth_year", "address"]);
const kept = signal<Kept | null>(null);
const state = signal<"none" | "waiting" | "done" | "refused">("none");
const wrong = signal("");
const told = signal("");
const trouble = signal("");
const tried = trying(trouble);
const sure = signal(false);
const ofOther = signal(false); // a child's, by an adult of the household
const everybody = signal(false);

/** Ask for one's own record once the phone is known; the register's side answers within a second or two. */
export function followRecord(): void {
  const stop = effect(() => {
    if (inboxReady.value && !kept.peek()) queueMicrotask(() => { stop(); ask(); });
  });
}

function ask(about?: string): void {
  ofOther.value = about !== undefined;
  sure.value = false; // what was pressed on one record is said of no other
  told.value = wrong.value = "";
  void tried(() => take(api.POST("/api/record", { body: about ? { about } : {} }))).then((asked) => (asked ? void look() : void setTimeout(() => !kept.value && !unknownPhone.value && ask(about), 3000)));
}

async function look(): Promise<void> {
  const heard = await tried(async () => {
    const now = await take(api.GET("/api/record"));
    state.value = now.state;
    if (now.record) kept.value = now.record;
  });
  if (!heard || state.value === "waiting") setTimeout(() => void look(), LOOK_EVERY);
}

function correct(event: SubmitEvent, record: Kept): void {
  event.preventDefault();
  const value = String(new FormData(event.currentTarget as HTMLFormElement).get("value")).trim();
  const field = wrong.value as "name" | "phone" | "birth_year" | "address";
  void tried(() => take(api.POST("/api/record/corrections", { body: { field, value, about: record.about } }))).then((taken) => {
    if (!taken) return;
    wrong.value = "";
    told.value = say("correctionSent");
  });
}

function sayPresence(presence: "here" | "away"): void {
  void tried(() => take(api.POST("/api/record/presence", { body: { presence, household: everybody.value } }))).then((taken) => {
    if (taken) told.value = say("presenceSent");
  });
}

function erase(record: Kept): void {
  if (!sure.value) return void (sure.value = true);
  void tried(() => take(api.POST("/api/record/erase", { body: { about: record.about } }))).then((taken) => taken && (told.value = say("eraseSent")));
}

const isWaiting = (record: Kept, field: string): boolean => record.corrections.some((one) => one.field === field && one.state === "waiting");

function Correction({ asked }: { asked: Kept["corrections"][number] | undefined }) {
  if (!asked) return null;
  if (asked.state === "waiting") return <span>{say("correctionWaits")}</span>;
  const day = dayOf(asked.at);
  return <span>{asked.state === "done" ? say("correctionDone", { day }) : say("correctionRefused", { day, why: say(REFUSED[asked.why ?? "unclear"]) })}</span>;
}

function Fields({ record }: { record: Kept }) {
  return (
    <ul class="kept-fields">{record.fields.map((row) => (
      <li key={row.field}>
        <p><small>{fieldName(row.field)}</small><b>{fieldValue(row.field, row.value)}</b><small>{sourceName(row.source)} · {row.on}</small></p>
        <Correction asked={record.corrections.find((one) => one.field === row.field)} />
        {!isWaiting(record, row.field) && CORRECTABLE.has(row.field) && <button type="button" class="secondary" onClick={() => (wrong.value = wrong.value === row.field ? "" : row.field)}>{say("isWrong")}</button>}
        {row.field === "presence" && record.may_erase && <div class="two"><button type="button" class="secondary" onClick={() => sayPresence("here")}>{say("iAmHome")}</button><button type="button" class="secondary" onClick={() => sayPresence("away")}>{say("iAmAway")}</button><label class="check"><input type="checkbox" checked={everybody.value} onChange={(event) => (everybody.value = event.currentTarget.checked)} /> {say("wholeHome")}</label></div>}
        {wrong.value === row.field && <form onSubmit={(event) => correct(event, record)}><label class="field"><span>{say("shouldBe")}</span><input name="value" required maxLength={120} autocomplete="off" /></label><button type="submit" class="primary">{say("correctionAsk")}</button></form>}
      </li>
    ))}</ul>
  );
}

export function MyRecord() {
  if (unknownPhone.value) return <section class="empty"><h1>{say("notJoined")}</h1><p>{say("notJoinedHow")}</p></section>;
  const record = kept.value;
  return (
    <section class="record" data-testid="record">
      <Demo shown={demo.value} />
      <h1>{record ? say("recordOf", { name: record.name }) : say("recordTitle")}</h1>
      {!record && <p role="status">{say(state.value === "refused" ? "recordRefused" : "loading")}</p>}
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {told.value && <p class="done" role="status">{told.value}</p>}
      {record && (
        <>
          <p class="notice-of">{say("recordNotice")}</p>
          <Fields record={record} />
          {record.tags.length > 0 && <p><small>{say("tagsTitle")}</small> {record.tags.map((tag) => inLanguage(tag.zh, tag.en)).join("、")}</p>}
          {record.contacts.length > 0 && <p><small>{say("contactsTitle")}</small> {record.contacts.join("、")}</p>}
          <h2>{say("recordReadings")}</h2>
          <ul class="readings">{record.readings.map((row) => <li key={row.at + row.action}><b>{row.who || say("auditItself")}</b> {actionName(row.action)}{row.field && ` · ${fieldName(row.field)}`}{row.reason && ` · ${say("recordReason", { reason: row.reason })}`}<small>{when(row.at, language.value)}{row.times > 1 && ` · ${say("timesThatDay", { n: row.times })}`}</small></li>)}</ul>
          {record.readings.length === 0 && <p>{say("recordNobody")}</p>}
          {record.children.length > 0 && <><h2>{say("recordChildren")}</h2>{record.children.map((child) => <button key={child.id} type="button" class="secondary" onClick={() => { kept.value = null; ask(child.id); }}>{child.name} ›</button>)}</>}
          <h2>{say("eraseTitle")}</h2>
          <p>{ofOther.value ? say("eraseHowOf", { name: record.name }) : say("eraseHow")}</p>
          {record.may_erase ? <button type="button" class={sure.value ? "danger" : "secondary"} onClick={() => erase(record)}>{sure.value ? say("eraseSure") : ofOther.value ? say("eraseOf", { name: record.name }) : say("erase")}</button> : <p>{say("eraseGuardian")}</p>}
        </>
      )}
    </section>
  );
}
