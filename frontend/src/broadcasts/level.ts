// The colour that a message carries. A drill has one of its own: from afar it must not look like the real thing (P14).
import type { Broadcast } from "../wire";

export const colourOf = (said: Pick<Broadcast, "level" | "drill">): Broadcast["level"] | "drill" => (said.drill ? "drill" : said.level);
