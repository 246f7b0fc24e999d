// Where each field comes from and since when, what it was before, and what is missing for a night of flood.
import type { History } from "../wire";
import { when } from "../time";
import { type Key, language, say } from "../words";

const FIELD: Record<string, Key> = { name: "fieldName", phone: "fieldPhone", birth_year: "fieldBirth", address: "fieldAddress", place: "fieldPlace", presence: "presenceWhere", joined: "fieldJoined", home: "fieldHome", tags: "tagsTitle", number: "fieldNumber", id: "fieldId" };
const SOURCE: Record<string, Key> = { demo: "sourceDemo", import: "sourceImport", officer: "sourceOfficer", resident: "sourceResident", wecom: "sourceWecom", expired: "sourceExpired" };
const PRESENCE: Record<string, Key> = { here: "here", away: "awayHere", unknown: "unknown" };

export const fieldName = (field: string): string => say(FIELD[field] ?? "fieldHidden");
export const sourceName = (source: string): string => say(SOURCE[source] ?? "sourceOfficer");
export const fieldValue = (field: string, value: string | null): string => (value === null ? say("nothingKept") : field === "presence" ? say(PRESENCE[value] ?? "unknown") : value);

export function PersonHistory({ history }: { history: History }) {
  return (
    <section class="more-of" data-testid="history">
      <h3>{say("historyTitle")}</h3>
      <p class="complete"><meter min={0} max={100} low={50} optimum={100} value={history.complete} aria-label={say("complete")} /> {say("completeOf", { n: history.complete })}{history.missing.length > 0 && ` · ${say("missingFields", { what: history.missing.map(fieldName).join("、") })}`}</p>
      <table class="fields"><tbody>{history.fields.map((row) => (
        <tr key={row.field}><th scope="row">{fieldName(row.field)}</th><td>{fieldValue(row.field, row.value)}</td><td>{sourceName(row.source)}{row.by && ` · ${row.by}`}</td><td>{row.on}</td></tr>
      ))}</tbody></table>
      {history.changes.length > 0 && <ul class="changes">{history.changes.map((row) => <li key={row.field + row.at}>{when(row.at, language.value)} · {say("changedField", { who: row.by || sourceName(row.source), field: fieldName(row.field), before: fieldValue(row.field, row.before) })}</li>)}</ul>}
    </section>
  );
}
