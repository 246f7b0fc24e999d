// Where the officer stands becomes the place of a home: one press at the door; a rough fix is refused.
import { useSignal } from "@preact/signals";
import { number, say } from "../words";

const MOST_METRES = 50;

export function Here({ take }: { take: (location: number[]) => void }) {
  const told = useSignal("");
  const ask = (): void => {
    if (!navigator.geolocation) return void (told.value = say("placeNone"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const m = Math.ceil(coords.accuracy);
        if (m > MOST_METRES) return void (told.value = say("placeRough", { m: number(m) }));
        take([Number(coords.longitude.toFixed(6)), Number(coords.latitude.toFixed(6))]);
        told.value = say("placeTaken", { m: number(m) });
      },
      () => (told.value = say("placeNone")),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  };
  return <p><button type="button" class="secondary" onClick={ask}>{say("placeHere")}</button> <span role="status">{told.value}</span></p>;
}
