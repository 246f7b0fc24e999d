// A commander's list of sign-ins: make, reset, close; the first password is shown once and kept nowhere.
import { effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { townships } from "../grids/store";
import { session } from "../realtime/store";
import { proofFor } from "../ui/proof";
import { trying } from "../ui/tried";
import type { Account } from "../wire";
import { type Key, say } from "../words";
import "./accounts.css";

const ROLES = ["officer", "auxiliary", "township_head", "planner", "commander", "auditor", "wall"] as const;
const DESK = ["commander", "planner", "auditor", "wall"];
const ROLE: Record<string, Key> = { commander: "role_commander", planner: "role_planner", auditor: "role_auditor", wall: "role_wall", township_head: "role_township_head", officer: "role_officer", auxiliary: "role_auxiliary" };
export const managing = signal(false);
const accounts = signal<Account[]>([]);
const fresh = signal<Account | null>(null);
const total = signal(0);
const searched = signal("");
const page = signal(1);
const sure = signal("");
const wanted = signal("");
const PAGE = 100;
const trouble = signal("");
const tried = trying(trouble);
/** A first password opens an account: a desk left open makes none. */
const { proven, rest, Prove } = proofFor(trouble);

effect(() => {
  void [searched.value, page.value];
  if (managing.value) void tried(read);
  else fresh.value = null;
});

async function read(): Promise<void> {
  const query = { name: searched.value, page: page.value };
  const found = await take(api.GET("/api/accounts", { params: { query } }));
  if (query.name === searched.value && query.page === page.value) [accounts.value, total.value] = [found.items, found.total];
}

function create(event: SubmitEvent): void {
  event.preventDefault();
  const sheet = event.currentTarget as HTMLFormElement;
  const form = new FormData(sheet);
  const role = String(form.get("role")) as (typeof ROLES)[number];
  const grid = DESK.includes(role) ? String(form.get("grid")) : null;
  const body = { username: String(form.get("username")).trim(), name: String(form.get("name")).trim(), role, grid, station: String(form.get("station")).trim() };
  void proven(async () => {
    fresh.value = await take(api.POST("/api/accounts", { body }));
    sheet.reset();
    wanted.value = "";
    await read();
  });
}

const reset = (row: Account): Promise<void> =>
  proven(async () => {
    fresh.value = await take(api.POST("/api/accounts/{id}/reset", { params: { path: { id: row.id } } }));
    await read();
  });

function close(row: Account): void {
  if (sure.value !== row.id) return void (sure.value = row.id);
  sure.value = "";
  void tried(async () => {
    await take(api.POST("/api/accounts/{id}/deactivate", { params: { path: { id: row.id } }, headers: key() }));
    await read();
  });
}

export function Accounts() {
  return (
    <section class="accounts">
      <h2>{say("accountNew")}</h2>
      <form onSubmit={create}>
        <label class="field"><span>{say("username")}</span><input name="username" required pattern="[a-z0-9][a-z0-9._\-]{2,39}" autocomplete="off" /></label>
        <label class="field"><span>{say("fieldName")}</span><input name="name" required minLength={2} maxLength={40} autocomplete="off" /></label>
        <label class="field"><span>{say("accountRole")}</span><select name="role" onChange={(event) => (wanted.value = event.currentTarget.value)}>{ROLES.map((role) => <option key={role} value={role}>{say(ROLE[role] ?? "role_officer")}</option>)}</select></label>
        {DESK.includes(wanted.value) && <label class="field"><span>{say("accountGrid")}</span><select name="grid">{(session.value?.user.grids ?? []).map((code) => <option key={code} value={code}>{say("wholeArea")}</option>)}{townships.value.map((row) => <option key={row.code} value={row.code}>{row.name}</option>)}</select></label>}
        <label class="field"><span>{say("accountStation")}</span><input name="station" maxLength={80} autocomplete="off" /></label>
        <button type="submit" class="primary">{say("accountMake")}</button>
      </form>
      {fresh.value?.wall_address && <p class="first" role="status">{say("accountWall", { name: fresh.value.name })}<b data-testid="wall-address">{location.origin + fresh.value.wall_address}</b><small>{say("accountWallHow")}</small></p>}
      {fresh.value?.first_password && <p class="first" role="status">{say("accountFirst", { name: fresh.value.name, username: fresh.value.username })}<b data-testid="first-password">{fresh.value.first_password}</b><small>{say("accountFirstHow")}</small></p>}
      <Prove />
      {rest.value && <p class="refused" role="alert">{rest.value}</p>}
      <h2>{say("accountAll", { n: total.value })}</h2>
      <input type="search" aria-label={say("accountSearch")} placeholder={say("accountSearch")} value={searched.value} onInput={(event) => { searched.value = event.currentTarget.value.trim(); page.value = 1; }} />
      <ul data-testid="accounts">{accounts.value.map((row) => (
        <li key={row.id} class={row.active ? "" : "closed"}>
          <p><b>{row.name}</b> {row.username}<small>{say(ROLE[row.role] ?? "role_officer")} · {say(!row.active ? "accountClosed" : row.enrolled ? "accountActive" : "accountWaits")}</small></p>
          {row.active && row.id !== session.value?.user.id && <><button type="button" class="secondary" onClick={() => void reset(row)}>{say("accountReset")}</button><button type="button" class={sure.value === row.id ? "danger" : "secondary"} onClick={() => close(row)}>{say(sure.value === row.id ? "accountCloseSure" : "accountClose")}</button></>}
        </li>
      ))}</ul>
      {total.value > PAGE && <div class="choice"><button type="button" disabled={page.value <= 1} onClick={() => page.value--}>{say("previous")}</button><button type="button" disabled={page.value * PAGE >= total.value} onClick={() => page.value++}>{say("next")}</button></div>}
    </section>
  );
}
