// Officers on duty on the map: where each shared their place last, with the first character of the name; pale where that is long ago.
import { Marker } from "maplibre-gl";
import type { MapLibre } from "../map/map";
import { ago } from "../time";
import type { OnDuty } from "../wire";
import { language } from "../words";

const OLD_MS = 5 * 60_000; // a tablet says where it is every half a minute: it has no signal, or lies in a bag

/** Keep one marker an officer: move it, let it pale, take it away at the end of duty. */
export function officerMarkers(map: MapLibre): (officers: OnDuty[], now: number) => void {
  const shown = new Map<string, Marker>();
  return (officers, now) => {
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
      marker.getElement().classList.toggle("old", now - Date.parse(row.at ?? row.since) > OLD_MS);
      marker.getElement().title = `${row.name} · ${ago(row.at ?? row.since, now, language.value)}`;
    }
  };
}

function badge(row: OnDuty): HTMLElement {
  const mark = document.createElement("div");
  mark.className = "officer-pin";
  mark.textContent = row.name.slice(0, 1);
  return mark;
}
