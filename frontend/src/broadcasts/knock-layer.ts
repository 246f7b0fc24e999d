// Doors to knock on, on the officer's map.
import { Marker } from "maplibre-gl";
import type { MapLibre } from "../map/map";
import type { Knock } from "../wire";

export function knockMarkers(map: MapLibre): (knocks: Knock[]) => void {
  let shown: Marker[] = [];
  return (knocks) => {
    for (const marker of shown) marker.remove();
    shown = knocks.flatMap((knock) => {
      const [lon, lat] = knock.location ?? [];
      if (lon === undefined || lat === undefined) return [];
      const dot = document.createElement("div");
      dot.className = `door-dot ${knock.answer === "moving" ? "moving" : ""} ${asksHelp(knock) ? "asks" : ""}`;
      dot.title = `${knock.village} ${knock.group} ${knock.name}`.trim();
      return [new Marker({ element: dot }).setLngLat([lon, lat]).addTo(map)];
    });
  };
}

export const asksHelp = (knock: Knock): boolean => knock.answer === "need_help" || knock.tick === "need_help";
