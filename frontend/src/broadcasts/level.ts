// How grave a message is, the colour that it carries, and its headline. A drill has both of its own: it must never look or sound like the real thing (P14).
import type { Broadcast } from "../wire";
import { say } from "../words";

/** Kinds that say what is dangerous; whatever level was forgotten. */
export const GRAVE: Broadcast["kind"][] = ["danger_notice", "road_hazard", "relayed_warning"];
type Graded = Pick<Broadcast, "kind" | "level" | "drill">;
const LEVELS = ["red", "orange", "yellow", "blue", "none"];
const isEvacuation = (said: Graded): boolean => said.kind === "danger_notice";
/** What is real before drills, evacuations before the rest, then by level. */
export const graver = (a: Graded, b: Graded): number => Number(a.drill) - Number(b.drill) || Number(isEvacuation(b)) - Number(isEvacuation(a)) || LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);
/** Whether it is one that a pause does not keep out, as _rings in gridmap/edge/push.py. */
export const isUrgent = (said: Graded): boolean => isEvacuation(said) || said.level === "red" || said.level === "orange";

type Said = Pick<Broadcast, "level" | "drill" | "headline">;
export const colourOf = (said: Pick<Said, "level" | "drill">): Broadcast["level"] | "drill" => (said.drill ? "drill" : said.level);
export const headlineOf = (said: Pick<Said, "drill" | "headline">): string => (said.drill ? say("drill") : "") + said.headline;
