// What can be done with one resident's entry: correct it, move, merge with a double, note that they left; each kept with who did it.
import { signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { api, key, take } from "../api";
import { doorName } from "../people/door-list";
import { found, Search } from "../people/search";
import { why } from "../ui/parts";
import type { Door, History, Resident } from "../wire";
import { type Key, say } from "../words";
import { groupsOf, GroupChoice } from "./group-choice";
import { Here } from "./here";

type Task = "edit" | "move" | "merge" | "leave";
const TASKS: [Task, Key][] = [["edit", "personEdit"], ["move", "personMove"], ["merge", "personMerge"], ["leave", "personLeave"]];
export const task = signal<Task | null>(null);
const trouble = signal("");
const done = signal("");
const sure = signal("");
/** Where the last one was added: the next of the family lives there too. */
const lastGroup = signal<number | null>(null);

export function endTask(): void {
  task.value = null;
  trouble.value = "";
  done.value = "";
  sure.value = "";
}

async function tried(call: () => Promise<Resident | undefined>, then: (person: Resident | null) => void): Promise<void> {
  try {
    const person = await call();
    endTask();
    if (person) done.value = say("personKept");
    then(person ?? null);
  } catch (error) {
    trouble.value = why(error);
  }
}

interface Doing {
  resident: Resident;
  asOf: string | undefined;
  then: (person: Resident | null) => void;
}

function Edit({ resident, asOf, then }: Doing) {
  const location = useSignal<number[] | null>(null);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = (name: string): string | undefined => String(form.get(name) ?? "").trim() || undefined;
    const year = said("birth_year");
    const body = {
      ...(said("name") && { name: said("name") }), ...(form.get("no_phone") ? { phone: "" } : said("phone") && { phone: said("phone") }),
      ...(year && { birth_year: Number(year) }), ...(said("address") && { address: said("address") }), ...(location.value && { location: location.value }), ...(asOf && { seen_at: asOf }),
    };
    void tried(() => take(api.POST("/api/residents/{id}/edit", { params: { path: { id: resident.id } }, body })), then);
  };
  return (
    <form class="task-form" onSubmit={submit}>
      <p>{say("editHow")}</p>
      <label class="field"><span>{say("fieldName")}</span><input name="name" autocomplete="off" maxLength={40} placeholder={resident.name} /></label>
      <label class="field"><span>{say("fieldPhone")}</span><input name="phone" type="tel" autocomplete="off" placeholder={resident.phone ?? say("noPhone")} /></label>
      {resident.phone && <label class="check"><input name="no_phone" type="checkbox" /> {say("editNoPhone")}</label>}
      <label class="field"><span>{say("fieldBirth")}</span><input name="birth_year" inputMode="numeric" pattern="(19|20)[0-9]{2}" placeholder={resident.birth_year ? String(resident.birth_year) : ""} /></label>
      <label class="field"><span>{say("fieldAddress")}</span><input name="address" autocomplete="off" maxLength={120} placeholder={say("fieldHidden")} /></label>
      <Here take={(found) => (location.value = found)} />
      <button type="submit" class="primary">{say("save")}</button>
    </form>
  );
}

function Move({ resident, then }: Doing) {
  const whole = useSignal(true);
  const location = useSignal<number[] | null>(null);
  const joins = useSignal(false); // ticked at once: the homes of the group are still being read
  const homes = useSignal<Door[] | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const said = (name: string): string => String(new FormData(form.current ?? undefined).get(name) ?? "");
  const readHomes = async (wanted: boolean): Promise<void> => {
    joins.value = wanted;
    homes.value = null;
    if (!wanted) return;
    try {
      homes.value = (await take(api.GET("/api/coverage/{code}/households", { params: { path: { code: said("group") } } }))).items;
    } catch (error) {
      joins.value = false;
      trouble.value = why(error);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const body = { group: said("group"), household: whole.value, ...(said("lives_with") && { lives_with: said("lives_with") }), ...(location.value && { location: location.value }) };
    void tried(() => take(api.POST("/api/residents/{id}/move", { params: { path: { id: resident.id } }, body })), then);
  };
  return (
    <form class="task-form" ref={form} onSubmit={submit}>
      <p>{say("moveHow")}</p>
      <GroupChoice at={resident.no} changed={() => void readHomes(false)} />
      <label class="check"><input type="checkbox" checked={joins.value} onChange={(event) => void readHomes(event.currentTarget.checked)} /> {say("moveInWith")}</label>
      {homes.value && <label class="field"><span>{say("moveHome")}</span><select name="lives_with" required><option value="">{say("moveHomePick")}</option>{homes.value.map((door) => <option key={door.resident} value={door.resident}>{doorName(door)} · {say("people", { n: door.people })}</option>)}</select></label>}
      <label class="check"><input type="checkbox" checked onChange={(event) => (whole.value = event.currentTarget.checked)} /> {say("moveHousehold")}</label>
      <Here take={(found) => (location.value = found)} />
      <button type="submit" class="primary" disabled={joins.value && !homes.value}>{say("personMove")}</button>
    </form>
  );
}

function Merge({ resident, then }: Doing) {
  const others = (found.value ?? []).filter((row) => row.id !== resident.id);
  const merge = (into: Resident): void => {
    if (sure.value !== into.id) return void (sure.value = into.id);
    void tried(() => take(api.POST("/api/residents/{id}/merge", { params: { path: { id: resident.id } }, body: { into: into.id } })), then);
  };
  return (
    <div class="task-form">
      <p>{say("mergeHow")}</p>
      <Search />
      {others.map((row) => <button key={row.id} type="button" class={sure.value === row.id ? "danger" : "secondary"} onClick={() => merge(row)}>{sure.value === row.id ? say("mergeSure") : `${row.name} ${row.phone ?? say("noPhone")} · ${row.group}`}</button>)}
    </div>
  );
}

function Leave({ resident, then }: Doing) {
  const leave = (how: "left" | "died"): void => {
    if (sure.value !== how) return void (sure.value = how);
    void tried(() => take(api.POST("/api/residents/{id}/leave", { params: { path: { id: resident.id } }, body: { how } })), then);
  };
  return (
    <div class="task-form">
      <p>{say("leaveHow")}</p>
      {(["left", "died"] as const).map((how) => <button key={how} type="button" class={sure.value === how ? "danger" : "secondary"} onClick={() => leave(how)}>{say(sure.value === how ? "leaveSure" : how === "left" ? "leftCounty" : "died")}</button>)}
    </div>
  );
}

export function PersonTasks({ resident, history, then }: { resident: Resident; history: History | null; then: (person: Resident | null) => void }) {
  const doing = { resident, asOf: history?.as_of, then };
  return (
    <section class="person-tasks">
      <div class="task-choice" role="group">{TASKS.map(([name, label]) => <button key={name} type="button" class={task.value === name ? "chosen" : ""} aria-expanded={task.value === name} onClick={() => { const wanted = task.value === name ? null : name; endTask(); task.value = wanted; }}>{say(label)}</button>)}</div>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {done.value && <p class="took" role="status">{done.value}</p>}
      {task.value === "edit" && <Edit {...doing} />}
      {task.value === "move" && <Move {...doing} />}
      {task.value === "merge" && <Merge {...doing} />}
      {task.value === "leave" && <Leave {...doing} />}
    </section>
  );
}

/** Somebody new: in a group of one's own, or in the household on the screen. */
export function AddForm({ livesWith, then }: { livesWith?: Resident; then: (person: Resident) => void }) {
  const sending = useSignal(false);
  const location = useSignal<number[] | null>(null);
  const press = useRef(key()); // one form, one person: pressed twice, or again after an answer that got lost
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = (name: string): string => String(form.get(name) ?? "").trim();
    const body = {
      group: livesWith?.code ?? said("group"), ...(livesWith && { lives_with: livesWith.id }), name: said("name"), phone: said("phone"), presence: "here" as const,
      ...(said("birth_year") && { birth_year: Number(said("birth_year")) }), ...(said("address") && { address: said("address") }), ...(location.value && { location: location.value }),
    };
    sending.value = true;
    void tried(() => take(api.POST("/api/residents", { body, headers: press.current })), (person) => { if (person) { lastGroup.value = person.no; then(person); } }).then(() => (sending.value = false));
  };
  return (
    <form class="task-form" data-testid="add-person" onSubmit={submit}>
      <h2>{livesWith ? say("addToHome", { name: livesWith.name }) : say("personAdd")}</h2>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {!livesWith && <GroupChoice at={lastGroup.value ?? groupsOf()[0]?.no ?? 0} />}
      <label class="field"><span>{say("fieldName")}</span><input name="name" required minLength={2} maxLength={40} autocomplete="off" /></label>
      <label class="field"><span>{say("fieldPhone")}</span><input name="phone" type="tel" autocomplete="off" placeholder={say("noPhone")} /></label>
      <label class="field"><span>{say("fieldBirth")}</span><input name="birth_year" inputMode="numeric" pattern="(19|20)[0-9]{2}" placeholder="1975" /></label>
      <label class="field"><span>{say("fieldAddress")}</span><input name="address" maxLength={120} autocomplete="off" /></label>
      <Here take={(found) => (location.value = found)} />
      <button type="submit" class="primary" disabled={sending.value}>{say("personAdd")}</button>
    </form>
  );
}
