// Officers on duty on the map: where each shared their place last, with the first character of the name.
import { Marker } from "maplibre-gl";
import type { MapLibre } from "../map/map";
import type { OnDuty } from "../wire";

/** Keep one marker an officer: move it, take it away at the end of duty. */
export function officerMarkers(map: MapLibre): (officers: OnDuty[]) => void {
  const shown = new Map<string, Marker>();
  return (officers) => {
    const placed = new Map(officers.flatMap((row) => (row.location ? [[row.officer, row] as const] : [])));
    for (const [id, marker] of shown) {
      if (placed.has(id)) continue;
      marker.remove();
      shown.delete(id);
    }
    for (const [id, row] of placed) {
      const [lon = 0, lat = 0] = row.location ?? [];
      const marker = shown.get(id) ?? new Marker({ element: badge(row) }).setLngLat([lon, lat]).addTo(map);
      shown.set(id, marker.setLngLat([lon, lat]));
    }
  };
}

function badge(row: OnDuty): HTMLElement {
  const mark = document.createElement("div");
  mark.className = "officer-pin";
  mark.textContent = row.name.slice(0, 1);
  mark.title = row.name;
  return mark;
}
