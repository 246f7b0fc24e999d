// Incidents on the wall: what, where, how long, and who has it.
import { age, now } from "../time";
import type { Incident } from "../wire";
import { placeNames, Seal } from "../ui/parts";
import { say } from "../words";
import { openIncidents } from "./store";
import "./wall-list.css";

const MOST = 6;

/** What and where; of somebody who asks for help where comes first: what they were warned of, everybody in the room knows. */
function What({ incident }: { incident: Incident }) {
  const [mark, headline] = incident.title.split(say("helpMark"));
  if (headline === undefined) return <div><b>{incident.title}</b><span>{placeNames(incident)}</span></div>;
  const [township, ...below] = incident.grid.names;
  return <div><b>{mark}{say("helpMark")}{below.join("")}</b><span>{township} · {headline}</span></div>;
}

export function WallIncidents() {
  const open = openIncidents.value;
  const drills = open.filter((incident) => incident.drill).length;
  return (
    <section class="card incidents" data-testid="incidents">
      <h3>{say("incidentsOpen", { n: open.length - drills })}{drills > 0 && ` · ${say("drillsToo", { n: drills })}`}</h3>
      {open.length === 0 && <p class="empty">{say("noIncidents")}</p>}
      <ul>{open.slice(0, MOST).map((incident) => (
        <li key={incident.id}>
          <Seal incident={incident} />
          <What incident={incident} />
          <p><time>{age(incident.reported_at, now.value)}</time><small>{say(incident.state === "acknowledged" ? "acknowledgedState" : incident.state)}</small></p>
        </li>
      ))}</ul>
    </section>
  );
}
