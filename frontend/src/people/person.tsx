// One resident: masked until somebody says why they need to see more; what was shown hides itself again.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { lastEvent } from "../realtime/store";
import { placeOf } from "../grids/store";
import { why } from "../ui/parts";
import type { History, Resident } from "../wire";
import { type Key, say } from "../words";
import { codeTrouble, showCode } from "./code";
import { letIn, waitingJoins } from "./joins";
import { REASONS } from "./reasons";
import { Contacts, followContacts } from "../register/contacts";
import { AddForm, endTask, PersonTasks } from "../register/person-forms";
import { PersonHistory } from "../register/person-history";
import { followTags, PersonTags } from "../tags/person-tags";
import "./person.css";

const HIDES_AFTER = 60_000;
const FIELDS = ["phone", "name", "address"] as const;
type Field = (typeof FIELDS)[number];
const LABEL: Record<Field, Key> = { phone: "fieldPhone", name: "fieldName", address: "fieldAddress" };

export const person = signal<Resident | null>(null);
const asked = signal<Field | null>(null);
const shown = signal<Partial<Record<Field, string>>>({});
const trouble = signal("");
let hiding = 0;
const PRESENCES = [["here", "here"], ["away", "awayHere"], ["unknown", "unknown"]] as const;
/** Who lives in this household, the person on the screen first. */
const home = signal<Resident[]>([]);
/** What stands behind the fold: read only when somebody opens it, since every look is written down. */
const more = signal(false);
const adding = signal(false);
/** Who is in the register no longer: lists that were read before leave them out. */
export const gone = signal(new Set<string>());
const history = signal<History | null>(null);
const unfolded = (): string => (more.value ? person.value?.id ?? "" : "");
followTags(unfolded);
followContacts(unfolded);
effect(() => {
  const id = unfolded();
  history.value = null;
  if (id) void readHistory(id);
});

async function readHistory(id: string): Promise<void> {
  try {
    const told = await take(api.GET("/api/residents/{id}/history", { params: { path: { id } } }));
    if (person.peek()?.id === id) history.value = told;
  } catch (error) {
    trouble.value = why(error);
  }
}

/** After a change: the entry as it stands now, or back to the list when it is gone. */
function changed(now: Resident | null): void {
  if (now === null) {
    gone.value = new Set(gone.value).add(person.peek()?.id ?? "");
    return openPerson(null);
  }
  if (now.id !== person.peek()?.id) gone.value = new Set(gone.value).add(person.peek()?.id ?? "");
  person.value = now;
  void readHistory(now.id);
}

export function openPerson(resident: Resident | null): void {
  person.value = resident;
  asked.value = null;
  shown.value = {};
  trouble.value = "";
  home.value = [];
  more.value = false;
  adding.value = false;
  endTask();
  if (resident) void readHome(resident.id);
}

async function readHome(id: string): Promise<void> {
  try {
    const found = await take(api.GET("/api/residents/{id}/household", { params: { path: { id } } }));
    if (person.value?.id === id) home.value = found.items;
  } catch (error) {
    trouble.value = why(error);
  }
}

async function setPresence(id: string, presence: "here" | "away" | "unknown"): Promise<void> {
  try {
    const changed = await take(api.POST("/api/residents/{id}/presence", { params: { path: { id } }, body: { presence } }));
    if (person.value?.id === id) person.value = changed;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

/** Somebody was let in: the person on the screen may be the one. */
effect(() => {
  const id = person.peek()?.id;
  if (lastEvent.value?.event === "join.confirmed" && id) void readAgain(id);
});

async function readAgain(id: string): Promise<void> {
  try {
    const found = await take(api.GET("/api/residents/{id}", { params: { path: { id } } }));
    if (person.value?.id === id) person.value = found;
  } catch (error) {
    trouble.value = why(error);
  }
}

async function reveal(field: Field, reason: string): Promise<void> {
  const id = person.value?.id;
  if (!id) return;
  asked.value = null;
  try {
    const { value } = await take(api.POST("/api/residents/{id}/reveal", { params: { path: { id } }, body: { field, reason } }));
    if (person.value?.id !== id) return;
    shown.value = { ...shown.value, [field]: value };
    trouble.value = "";
    clearTimeout(hiding);
    hiding = window.setTimeout(() => (shown.value = {}), HIDES_AFTER);
  } catch (error) {
    trouble.value = why(error);
  }
}

function Reasons({ field }: { field: Field }) {
  return (
    <div class="reasons" role="group" aria-label={say("reasonAsk")}>
      <p>{say("reasonAsk")}</p>
      {REASONS.map((reason) => <button key={reason} type="button" class="secondary" onClick={() => void reveal(field, say(reason))}>{say(reason)}</button>)}
    </div>
  );
}

/** An erased resident is still somebody to knock for, without a name. */
export const nameOr = (resident: { name: string }): string => resident.name || say("nameErased");

export function Person({ resident }: { resident: Resident }) {
  const masked: Record<Field, string> = { phone: resident.phone ?? say("noPhone"), name: resident.name, address: say("fieldHidden") };
  return (
    <section class="person" data-testid="person">
      <button type="button" class="quiet" onClick={() => openPerson(null)}>‹ {say("back")}</button>
      <h2>{shown.value.name ?? nameOr(resident)}</h2>
      <p class="small">{placeOf(resident.no).village} {resident.group}{resident.birth_year ? ` · ${say("bornIn", { year: resident.birth_year })}` : ""}</p>
      <p class={resident.connected || resident.heard_for ? "on" : "nobody"}>{say(resident.connected ? "connectedPerson" : resident.heard_for ? "heardFor" : "notConnected")}{resident.on_file && !resident.connected && ` · ${say("onFile")}`}</p>
      <dl>{FIELDS.map((field) => {
        const value = shown.value[field];
        return (
          <div key={field}>
            <dt>{say(LABEL[field])}</dt>
            <dd>{value && field === "phone" ? <a href={`tel:${value}`}>{value}</a> : value ?? masked[field]}</dd>
            {!value && <dd class="do"><button type="button" class="secondary" aria-expanded={asked.value === field} onClick={() => (asked.value = asked.value === field ? null : field)}>{say("reveal")}</button></dd>}
            {asked.value === field && <dd class="do asks"><Reasons field={field} /></dd>}
          </div>
        );
      })}</dl>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <div class="presence" role="group" aria-label={say("presenceWhere")}><p>{say("presenceWhere")}{resident.presence_on && <small> {say("presenceSince", { on: resident.presence_on })}</small>}</p>{PRESENCES.map(([word, key]) => <button key={word} type="button" aria-pressed={resident.presence === word} class={resident.presence === word ? "chosen" : ""} onClick={() => void setPresence(resident.id, word)}>{say(key)}</button>)}</div>
      {home.value.length > 1 && <ul class="home">{home.value.slice(1).map((row) => <li key={row.id}><button type="button" onClick={() => openPerson(row)}><b>{nameOr(row)}</b><span class={row.connected ? "on" : "nobody"}>{say(row.connected ? "connectedPerson" : "notConnected")} ›</span></button></li>)}</ul>}
      <p class="small">{say("revealNote")}</p>
      {waitingJoins.value.map((join) => <button key={join.id} type="button" class="secondary" onClick={() => void letIn(join, resident.id)}>{say("joinGiveTo", { who: `${join.name} ${join.phone}`, name: resident.name })}</button>)}
      <button type="button" class="secondary unfold" aria-expanded={more.value} onClick={() => (more.value = !more.value)}>{say("more")} {more.value ? "▴" : "▾"}</button>
      {adding.value ? <AddForm livesWith={resident} then={(made) => openPerson(made)} /> : <button type="button" class="secondary" onClick={() => (adding.value = true)}>＋ {say("addHere")}</button>}
      {more.value && <><PersonTasks resident={resident} history={history.value} then={changed} /><PersonTags /><Contacts resident={resident} home={home.value} />{history.value && <PersonHistory history={history.value} />}</>}
      <button type="button" class="primary" onClick={() => void showCode({ kind: "door", resident: resident.id })}>{say("codeDoor")}</button>
      {codeTrouble.value && <p class="refused" role="alert">{codeTrouble.value}</p>}
    </section>
  );
}
