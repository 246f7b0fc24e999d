// Where a border that is being drawn goes wrong, said at the place itself.
import { Marker } from "maplibre-gl";
import { say } from "../words";
import type { MapLibre } from "./map";

export function faultMarker(map: MapLibre): (at: [number, number] | null, what: "crossedHere" | "faultHere") => void {
  const element = document.createElement("div");
  element.className = "vertex-fault";
  const words = document.createElement("span");
  element.append(words);
  const marker = new Marker({ element, anchor: "top" });
  return (at, what) => {
    if (!at) return void marker.remove();
    words.textContent = say(what);
    marker.setLngLat(at).addTo(map);
  };
}
