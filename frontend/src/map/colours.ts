// The map draws with the same variables as the page; a canvas needs their values.
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
