// What a wall's address says once (/wall?room=1.5&tour=20&sound=1), and its screen keeps: nobody touches it for months.
import { keepLocally, keptLocally } from "../kept";

function setting(name: string, smallest: number, largest: number, otherwise: number): number {
  const said = new URLSearchParams(location.search).get(name);
  const value = said === null || said === "" ? Number.NaN : Number(said);
  const fits = value >= smallest && value <= largest;
  if (fits) keepLocally(`gridmap.${name}`, value);
  return fits ? value : keptLocally(`gridmap.${name}`, otherwise);
}

/** How large everything is: 1 for a screen of 98 inches seen from 6 m. */
export const room = setting("room", 0.7, 2, 1);
/** Where the legend wants a line more. */
export const large = room > 1.2;
/** Seconds in each township while nothing happens; 0 stays with the county. */
export const tourSeconds = setting("tour", 0, 600, 0);
/** Whether what comes onto the screen is heard. */
export const wantsSound = setting("sound", 0, 1, 0) === 1;
