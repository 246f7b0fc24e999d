// Distances on the ground, for eyes and feet; what counts is reckoned on the server.
export const EARTH_M = 6_371_008.8;
export const METRES_A_DEGREE = (EARTH_M * Math.PI) / 180;
/** Seven decimals of a degree, a centimetre: terra-draw refuses more. */
export const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;
export const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance in metres on a sphere; within 0.6 % of the ellipsoid's, good enough to show. */
export function distance([lon1, lat1]: [number, number], [lon2, lat2]: [number, number]): number {
  const a = Math.sin(radians(lat2 - lat1) / 2) ** 2 + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(a));
}
