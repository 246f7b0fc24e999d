// Incidents on the wall: what, where, how long, and who has it.
import { age, now } from "../time";
import { placeNames, Seal } from "../ui/parts";
import { say } from "../words";
import { openIncidents } from "./store";
import "./wall-list.css";

const MOST = 6;

export function WallIncidents() {
  const open = openIncidents.value;
  return (
    <section class="card incidents" data-testid="incidents">
      <h3>{say("incidentsOpen", { n: open.length })}</h3>
      {open.length === 0 && <p class="empty">{say("noIncidents")}</p>}
      <ul>{open.slice(0, MOST).map((incident) => (
        <li key={incident.id}>
          <Seal incident={incident} />
          <div><b>{incident.title}</b><span>{placeNames(incident)}</span></div>
          <p><time>{age(incident.reported_at, now.value)}</time><small>{say(incident.state === "acknowledged" ? "acknowledgedState" : incident.state)}</small></p>
        </li>
      ))}</ul>
    </section>
  );
}
