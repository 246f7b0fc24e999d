// Who hears for somebody without a phone: both have to agree, here before the officer, or the contact on their own phone.
import { effect, signal } from "@preact/signals";
import { api, key, take } from "../api";
import { found, Search } from "../people/search";
import { gone } from "../people/person";
import { why } from "../ui/parts";
import type { Contact, Resident } from "../wire";
import { say } from "../words";

const rows = signal<Contact[]>([]);
const whose = signal("");
const agreed = signal(false);
const trouble = signal("");

export function followContacts(id: () => string): void {
  effect(() => {
    whose.value = id();
    rows.value = [];
    agreed.value = false;
    if (whose.value) void tried(async () => undefined);
  });
}

async function tried(call: () => Promise<unknown>): Promise<void> {
  const id = whose.peek();
  try {
    await call();
    const { items } = await take(api.GET("/api/residents/{id}/contacts", { params: { path: { id } } }));
    if (whose.peek() === id) rows.value = items;
    trouble.value = "";
  } catch (error) {
    trouble.value = why(error);
  }
}

const propose = (contact: Resident, relation: "household" | "neighbour"): Promise<void> =>
  tried(() => take(api.POST("/api/residents/{id}/contacts", { params: { path: { id: whose.value } }, body: { contact: contact.id, relation, resident_agreed: agreed.value, contact_agreed: false }, headers: key() })));
const agree = (row: Contact, who: "resident" | "contact"): Promise<void> => tried(() => take(api.POST("/api/contacts/{id}/agree", { params: { path: { id: row.id } }, body: { who } })));
const end = (row: Contact): Promise<void> => tried(() => take(api.DELETE("/api/contacts/{id}", { params: { path: { id: row.id } } })));

function Row({ row }: { row: Contact }) {
  const mine = row.resident.id === whose.value;
  return (
    <li>
      <p><b>{mine ? row.contact.name : row.resident.name}</b> {mine ? row.contact.phone ?? say("noPhone") : ""}<small>{say(mine ? (row.resident_agreed_at && row.contact_agreed_at ? "contactBoth" : row.resident_agreed_at || row.contact_agreed_at ? "contactWaits" : "contactNeither") : "contactOf")}</small></p>
      {mine && !row.resident_agreed_at && <button type="button" class="secondary" onClick={() => void agree(row, "resident")}>{say("contactAgreeResident")}</button>}
      {mine && !row.contact_agreed_at && <button type="button" class="secondary" onClick={() => void agree(row, "contact")}>{say("contactAgreeContact")}</button>}
      <button type="button" class="quiet" onClick={() => void end(row)}>{say("contactEnd")}</button>
    </li>
  );
}

export function Contacts({ resident, home }: { resident: Resident; home: Resident[] }) {
  const known = new Set(rows.value.flatMap((row) => [row.contact.id, row.resident.id]));
  const others = [...home.map((row) => [row, "household"] as const), ...(found.value ?? []).map((row) => [row, "neighbour"] as const)];
  const offered = others.filter(([row], at) => !gone.value.has(row.id) && row.id !== resident.id && !known.has(row.id) && others.findIndex(([other]) => other.id === row.id) === at);
  return (
    <section class="more-of contacts" data-testid="contacts">
      <h3>{say("contactsTitle")}</h3>
      <p class="small">{say("contactsHow")}</p>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <ul>{rows.value.map((row) => <Row key={row.id} row={row} />)}</ul>
      <Search />
      {offered.length > 0 && <label class="check"><input type="checkbox" checked={agreed.value} onChange={(event) => (agreed.value = event.currentTarget.checked)} /> {say("contactResidentSaid")}</label>}
      {offered.map(([row, relation]) => <button key={row.id} type="button" class="secondary" onClick={() => void propose(row, relation)}>＋ {row.name} {row.phone ?? say("noPhone")}<small>{say(relation === "household" ? "contactHousehold" : "contactNeighbour")}</small></button>)}
    </section>
  );
}
