// The phones that wait at an officer's QR codes, each with whom it may be; one tap lets it in.
import { signal } from "@preact/signals";
import type { Join } from "../wire";
import { say } from "../words";
import { joinTrouble, letIn, turnAway, waitingJoins } from "./joins";

type Candidate = Join["candidates"][number];
const sure = signal("");

const matches = (row: Candidate): string => (row.same_name && row.same_phone ? say("joinBoth") : row.same_phone ? say("joinSamePhone") : row.same_name ? say("joinSameName") : say("joinSameDoor"));

function refuse(join: Join): void {
  if (sure.value !== join.id) return void (sure.value = join.id);
  sure.value = "";
  void turnAway(join);
}

export function JoinQueue() {
  if (waitingJoins.value.length === 0) return joinTrouble.value ? <p class="refused" role="alert">{joinTrouble.value}</p> : null;
  return (
    <section class="join-queue" data-testid="joins">
      <h2>{say("joinsWaiting", { n: waitingJoins.value.length })}</h2>
      {joinTrouble.value && <p class="refused" role="alert">{joinTrouble.value}</p>}
      {waitingJoins.value.map((join) => (
        <article key={join.id}>
          <p><b>{join.name}</b> {join.phone} <span class="pairing">{say("pairing")} <b>{join.pairing}</b></span><small>{join.grid} · {say(join.door ? "joinAtDoor" : "joinAtPoster")}</small></p>
          {join.candidates.map((row) => (
            <button key={row.resident.id} type="button" class={row.same_name && row.same_phone ? "primary" : "secondary"} onClick={() => void letIn(join, row.resident.id)}>
              {say("joinIs", { name: row.resident.name, phone: row.resident.phone ?? say("noPhone") })}<small>{row.resident.group} · {matches(row)}</small>
            </button>
          ))}
          {join.candidates.length === 0 && <p class="refused">{say("joinNobody")}</p>}
          <button type="button" class="quiet" onClick={() => refuse(join)}>{say(sure.value === join.id ? "joinRefuseSure" : "joinRefuse")}</button>
        </article>
      ))}
    </section>
  );
}
