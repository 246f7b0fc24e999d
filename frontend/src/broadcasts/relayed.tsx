// A warning of another authority, from its CAP document: what it says stands on the desk, to be checked like one's own words.
import { batch, signal } from "@preact/signals";
import { api, take } from "../api";
import { state } from "../realtime/store";
import { when } from "../time";
import { FileChoice } from "../ui/file-choice";
import { trying } from "../ui/tried";
import type { Relayed } from "../wire";
import { language, say } from "../words";
import { area, type Area, beginUpdate, byPlace, chosen, exclude, toShow, updating, whom } from "./draft";
import { defaults, makeRoom, set, words } from "./form";
import { headlineOf } from "./level";

const found = signal<Relayed | null>(null);
const trouble = signal("");
const tried = trying(trouble);

/** What authorities send is UTF-8 or, from older systems, GB 18030. */
async function textOf(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

async function read(document: string): Promise<void> {
  found.value = null;
  await tried(async () => {
    const said = await take(api.POST("/api/broadcasts/relayed", { body: { document } }));
    found.value = said;
    // What stands of it comes first: twice sent is twice rung. And another message's update is not overwritten.
    if (said.follows.length === 0 && !updating.value) fill(said);
  });
}

/** Of which document the form holds the words. */
let filled = "";

/** Put it on the desk; what calls a warning off has no words for residents, and what changes one belongs to that one. */
function fill(said: Relayed): void {
  if (said.message_type === "Cancel") return;
  const { level, category, headline, description, instruction, languages, authority, drill, effective, expires } = said;
  batch(() => {
    const another = filled !== "" && words.value.authority === filled && !updating.value;
    makeRoom();
    if (another) { // the last document's area, and whom it was for, are not this one's
      area.value = null;
      whom.value = { only: [], without: [] };
      byPlace.value = true; // as such a warning begins
    }
    set({ ...defaults("relayed_warning"), level, category, headline, description, instruction, languages, authority, effective, picture: null, hours: expires ? 0 : 6, until: expires, ...(updating.value ? {} : { drill }) });
    filled = authority;
    if (!said.area) return;
    toShow.value = said.area as unknown as Area;
    exclude.value = null;
  });
}

function update(said: Relayed, id: string): void {
  const row = state.value.broadcasts[id];
  if (!row) return;
  beginUpdate(row);
  fill(said);
}

export function RelayedWarning() {
  const said = found.value;
  if (updating.value) return null;
  return (
    <details class="area-choice" data-testid="relayed">
      <summary>{say("relayed")}</summary>
      <p class="note">{say("relayedHow")}</p>
      <FileChoice name="cap-file" accept=".xml,.cap,application/cap+xml,text/xml" then={(file) => void textOf(file).then(read)} />
      <form onSubmit={(event) => { event.preventDefault(); void read(String(new FormData(event.currentTarget).get("cap") ?? "")); }}>
        <label class="field"><span>{say("relayedText")}</span><textarea name="cap" rows={2} required spellcheck={false} placeholder="<alert xmlns=…" /></label>
        <button type="submit" class="secondary">{say("relayedGo")}</button>
      </form>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {said && <Read said={said} />}
    </details>
  );
}

function Read({ said }: { said: Relayed }) {
  return (
    <section data-testid="relayed-read" role="status">
      <p><b>{say("relayedRead", { authority: said.authority, time: when(said.sent, language.value) })}</b></p>
      {said.place && <p class="note">{say("relayedPlace", { place: said.place })}</p>}
      {said.message_type === "Cancel" && <p class="note">{say(said.follows.length > 0 ? "relayedCancel" : "relayedCancelNone")}</p>}
      <ul>{said.notes.map((note) => <li key={note} class="refused">{say(`note_${note}`)}</li>)}</ul>
      {said.follows.length > 0 && <p>{say("relayedFollows")}</p>}
      <ul>{said.follows.map((row) => (
        <li key={row.id} class="row"><span>{headlineOf(row)}</span>
          <button type="button" class="secondary" onClick={() => (chosen.value = row.id)}>{say("relayedOpen")}</button>
          {said.message_type !== "Cancel" && state.value.broadcasts[row.id]?.started_at && <button type="button" class="secondary" onClick={() => update(said, row.id)}>{say("relayedUpdate")}</button>}
        </li>
      ))}</ul>
    </section>
  );
}
