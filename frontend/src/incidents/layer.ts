// Incidents on the map: a one-character seal each, the danger's colour only where the thing has one.
import { Marker } from "maplibre-gl";
import type { MapLibre } from "../map/map";
import type { Incident } from "../wire";
import { say } from "../words";

const GRAVE = new Set(["extreme", "severe"]);

export function seal(incident: Incident): HTMLElement {
  const mark = document.createElement("div");
  mark.className = `pin ${GRAVE.has(incident.severity) ? "grave" : ""}`;
  mark.textContent = say(`seal_${incident.kind}`);
  mark.title = `${say(incident.kind)} · ${incident.title}`;
  return mark;
}

/** Keep one marker an incident: add what is new, drop what is over. */
export function incidentMarkers(map: MapLibre): (incidents: Incident[]) => void {
  const shown = new Map<string, Marker>();
  return (incidents) => {
    const wanted = new Set(incidents.map((incident) => incident.id));
    for (const [id, marker] of shown) {
      if (wanted.has(id)) continue;
      marker.remove();
      shown.delete(id);
    }
    for (const incident of incidents) {
      if (shown.has(incident.id)) continue;
      const [lon = 0, lat = 0] = incident.location;
      shown.set(incident.id, new Marker({ element: seal(incident) }).setLngLat([lon, lat]).addTo(map));
    }
  };
}
