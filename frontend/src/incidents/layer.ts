// Incidents on the map: a one-character seal each, the danger's colour only where the thing has one.
import { type GeoJSONSource, Marker } from "maplibre-gl";
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

const SPACE = 48; // pixels: the widest pin, which is the wall's

/** Keep one marker an incident: add what is new, drop what is over. No label is written where a pin stands. */
export function incidentMarkers(map: MapLibre): (incidents: Incident[]) => void {
  const shown = new Map<string, Marker>();
  map.addImage("pin-space", { width: SPACE, height: SPACE, data: new Uint8Array(SPACE * SPACE * 4) });
  map.addSource("pins", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "pins-space", type: "symbol", source: "pins", layout: { "icon-image": "pin-space", "icon-allow-overlap": true } });
  return (incidents) => {
    const features = incidents.map((incident) => ({ type: "Feature" as const, properties: {}, geometry: { type: "Point" as const, coordinates: incident.location } }));
    (map.getSource("pins") as GeoJSONSource).setData({ type: "FeatureCollection", features });
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

/** Show the one place that a report is about. */
export function placeMarker(map: MapLibre): (place: [number, number] | null) => void {
  const element = document.createElement("div");
  element.className = "pin place";
  const marker = new Marker({ element });
  return (place) => void (place ? marker.setLngLat(place).addTo(map) : marker.remove());
}
