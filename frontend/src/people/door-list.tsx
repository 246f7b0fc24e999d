// Door by door: who of a household is reached, the least reached first (组不漏户).
import type { Door } from "../wire";
import { number, say } from "../words";
import "./door-list.css";
import { doors, doorsTrouble, openDoor } from "./doors";

export const doorName = (door: { name: string }): string => (door.name ? say("doorOf", { name: door.name }) : say("nameErased"));

function Row({ door }: { door: Door }) {
  return (
    <li>
      <button type="button" onClick={() => void openDoor(door)}>
        <b>{doorName(door)}</b><b class="of">{door.connected} / {door.people}</b>
        <small>{door.away > 0 && say("doorAway", { n: door.away })}</small><span class={door.reached ? "on" : "nobody"}>{say(door.reached ? "doorReached" : "doorMissed")} ›</span>
      </button>
    </li>
  );
}

export function DoorList() {
  const found = doors.value;
  return (
    <section class="doors" data-testid="doors">
      {doorsTrouble.value && <p class="refused" role="alert">{doorsTrouble.value}</p>}
      {!found && !doorsTrouble.value && <p>{say("loading")}</p>}
      {found && <p class="small">{found.total ? say("familiesReached", { n: number(found.reached), all: number(found.total) }) : say("doorsNone")}</p>}
      {found && <ul>{found.items.map((door) => <Row key={door.resident} door={door} />)}</ul>}
    </section>
  );
}
