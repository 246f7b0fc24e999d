// Picking grids one by one: what stands for them in a recipe, whether they were clicked on the map or chosen by name.
import { areas } from "../grids/store";

const DIGITS = 3; // of a division code that each level below the township adds

/** The picked grid that holds this one, itself or one above it. */
export const holderOf = (codes: string[], code: string): string | undefined => codes.find((known) => code.startsWith(known));

/** Pick a grid, or take it back. Of a grid that is picked whole, taking one part back leaves its other parts. */
export function turned(codes: string[], code: string): string[] {
  const holder = holderOf(codes, code);
  if (!holder) return [...codes.filter((known) => !known.startsWith(code)), code];
  if (holder !== code && areas.value.length === 0) return codes; // what else it holds is not known yet
  const rest = codes.filter((known) => known !== holder);
  for (let within = holder; within !== code; ) {
    const next = code.slice(0, within.length + DIGITS);
    rest.push(...areas.value.filter((grid) => grid.code.length === next.length && grid.code.startsWith(within) && grid.code !== next).map((grid) => grid.code));
    within = next;
  }
  return rest;
}
