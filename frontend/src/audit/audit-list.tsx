// The auditor's page: who read this person, what did this officer read; nobody can edit it unnoticed.
import { batch, effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { when } from "../time";
import { why } from "../ui/parts";
import type { Entry } from "../wire";
import { language, number, say } from "../words";
import { fieldName } from "../register/person-history";
import { found as people, Search } from "../people/search";
import { actionName } from "./actions";

const PAGE = 100;
const page = signal(1);
const subject = signal("");
const actor = signal("");
const found = signal<{ items: Entry[]; total: number } | null>(null);
const trouble = signal("");
export const auditing = signal(false);

effect(() => {
  if (auditing.value) void read(page.value, subject.value, actor.value);
});

let asked = 0;

/** The entries of what is asked now: those of everybody under one person's heading would say something false. */
async function read(wanted: number, about: string, by: string): Promise<void> {
  const mine = ++asked;
  found.value = null;
  trouble.value = "";
  try {
    const query = { page: wanted, ...(about && { subject: about }), ...(by && { actor: by }) };
    const entries = await take(api.GET("/api/audit", { params: { query } }));
    if (mine === asked) found.value = entries;
  } catch (error) {
    if (mine === asked) trouble.value = why(error);
  }
}

function narrow(about: string, by: string): void {
  batch(() => { // one question, not three
    page.value = 1;
    subject.value = about;
    actor.value = by;
  });
}

/** Why, and which field: what an auditor asks for; ids and counts stay in the answer of the API. */
function details(row: Entry): string {
  const said = row.detail as Record<string, unknown>;
  const fields = [said["field"], said["by"], ...(Array.isArray(said["fields"]) ? said["fields"] : [])].filter((name): name is string => typeof name === "string").map(fieldName);
  const reason = typeof said["reason"] === "string" ? [say("recordReason", { reason: said["reason"] })] : [];
  const many = [typeof said["grid"] === "string" ? said["grid"] : "", typeof said["clear"] === "boolean" ? say(said["clear"] ? "auditClear" : "auditMasked") : "", typeof said["people"] === "number" ? say("people", { n: number(said["people"]) }) : "", typeof said["code"] === "string" ? said["code"] : ""];
  const sent = [said["drill"] === true ? say("drillNote") : "", typeof said["sent"] === "number" ? `${say("wentTo")} ${number(said["sent"])}` : "", typeof said["hash"] === "string" ? `${say("fingerprint")} ${said["hash"].slice(0, 8)}` : ""];
  return [...sent, ...many, ...fields, ...reason].filter(Boolean).join(" · ");
}

export function AuditList() {
  const shown = found.value;
  return (
    <section class="audit">
      <p class="small">{say("auditHow")}</p>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <p class="small">{say("findPerson")}</p>
      <Search />
      {(people.value ?? []).map((row) => <button key={row.id} type="button" class="secondary" data-testid="audited" onClick={() => { people.value = null; narrow(row.id, ""); }}>{row.name} {row.phone ?? say("noPhone")} · {row.group}</button>)}
      {(subject.value || actor.value) && <p class="filter"><b>{say(subject.value ? "auditOfPerson" : "auditOfOfficer")}</b> {subject.value || shown?.items[0]?.actor_name || actor.value} <button type="button" class="secondary" onClick={() => narrow("", "")}>{say("auditAll")}</button></p>}
      <p>{shown && say("auditCount", { n: number(shown.total) })}</p>
      <table data-testid="audit"><thead><tr><th>{say("auditAt")}</th><th>{say("auditWho")}</th><th>{say("auditWhat")}</th><th>{say("auditAbout")}</th><th>{say("auditDetail")}</th></tr></thead>
        <tbody>{shown?.items.map((row) => (
          <tr key={row.seq}><td>{when(row.at, language.value)}</td><td>{row.actor ? <button type="button" onClick={() => narrow("", row.actor ?? "")}>{row.actor_name}</button> : say("auditItself")}</td><td>{actionName(row.action)}</td><td>{row.subject && <button type="button" title={row.subject} onClick={() => narrow(row.subject ?? "", "")}>{row.subject.slice(0, 8)}</button>}</td><td>{details(row)}</td></tr>
        ))}</tbody></table>
      <div class="choice"><button type="button" disabled={page.value <= 1} onClick={() => page.value--}>{say("previous")}</button><button type="button" disabled={!shown || page.value * PAGE >= shown.total} onClick={() => page.value++}>{say("next")}</button></div>
    </section>
  );
}
