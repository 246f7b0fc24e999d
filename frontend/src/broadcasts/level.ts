// The colour that a message carries, and its headline. A drill has both of its own: it must never look or sound like the real thing (P14).
import type { Broadcast } from "../wire";
import { say } from "../words";

type Said = Pick<Broadcast, "level" | "drill" | "headline">;
export const colourOf = (said: Pick<Said, "level" | "drill">): Broadcast["level"] | "drill" => (said.drill ? "drill" : said.level);
export const headlineOf = (said: Pick<Said, "drill" | "headline">): string => (said.drill ? say("drill") : "") + said.headline;
