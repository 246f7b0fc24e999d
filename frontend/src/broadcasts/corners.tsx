// Corners that were told over the telephone or stand on paper, one a line; those of what is drawn stand there to be changed.
import { signal } from "@preact/signals";
import type { Ring } from "../map/draw";
import { say } from "../words";
import { type Area, area, refused } from "./draft";
import { readCorners, ROAD_WIDTH_M } from "./geojson";

const typed = signal<string | null>(null); // null while nobody typed: then it is what is drawn

const isCorner = (corner: unknown): boolean => Array.isArray(corner) && corner.length === 2 && corner.every((degrees) => typeof degrees === "number");
const isRing = (ring: unknown): ring is Ring => Array.isArray(ring) && ring.every(isCorner);
/** The border of a drawn area, without the corner that closes it, or the line of a corridor; none where what was pasted is no area at all. */
function cornersOf(wanted: Area | null): Ring {
  if (wanted?.type === "corridor") return isRing(wanted.line) ? wanted.line : [];
  const border: unknown = wanted?.type === "Polygon" && Array.isArray(wanted.coordinates) ? wanted.coordinates[0] : null;
  return isRing(border) ? border.slice(0, -1) : [];
}

/** The same kind of area by its corners; what is taken out of a polygon, and how wide a road is, stay. */
function areaOf(corners: Ring, road: boolean): Area {
  const before = area.value;
  if (road) return { type: "corridor", line: corners, width_m: before?.type === "corridor" ? before.width_m : ROAD_WIDTH_M };
  const [first, last] = [corners[0], corners[corners.length - 1]];
  const closed = !first || String(first) === String(last) ? corners : [...corners, first];
  return { type: "Polygon", coordinates: [closed, ...(before?.type === "Polygon" && cornersOf(before).length > 0 ? before.coordinates.slice(1) : [])] };
}

/** `use` is told whether it is the area that stands there with other corners, of which what is taken out stays, or another. */
export function Corners({ use }: { use: (wanted: Area, same: boolean) => void }) {
  const text = typed.value ?? cornersOf(area.value).map((corner) => corner.join(", ")).join("\n");
  const take = (event: SubmitEvent): void => {
    event.preventDefault();
    const corners = readCorners(text);
    if (typeof corners === "number") return void (refused.value = say("cornersBroken", { n: corners }));
    const before = new Set(cornersOf(area.value).map(String));
    typed.value = null;
    refused.value = "";
    use(areaOf(corners, (event.submitter as HTMLButtonElement | null)?.value === "road"), corners.some((corner) => before.has(String(corner))));
  };
  return (
    <form onSubmit={take} data-testid="corners">
      <label class="field"><span>{say("corners")}</span><textarea required rows={4} spellcheck={false} placeholder={"111.032, 27.116\n111.038, 27.116\n111.035, 27.121"} value={text} onInput={(event) => (typed.value = event.currentTarget.value)} /></label>
      <div class="row">
        <button type="submit" class="secondary">{say("cornersArea")}</button>
        <button type="submit" class="secondary" value="road">{say("cornersRoad")}</button>
      </div>
    </form>
  );
}
