// A picture to go with a message: made small here, drawn anew on the server, the same for everybody who approves it.
import { signal } from "@preact/signals";
import { api, key, take } from "../api";
import { trying } from "../ui/tried";
import { say } from "../words";
import type { Words } from "./draft";
import "./picture.css";

const SIDE = 1280;
const QUALITY = 0.85;
const trouble = signal("");
/** While a picture is on its way the message waits for it. */
export const pictureComes = signal(false);
const tried = trying(trouble);

/** Draws a picture at most 1,280 pixels a side and gives it as JPEG in base64; a phone's photo of 8 MB would not pass the door. */
async function shrunk(file: File): Promise<string> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))];
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("no canvas");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1] ?? "";
}

async function add(file: File, set: (change: Partial<Words>) => void): Promise<void> {
  pictureComes.value = true;
  let content = "";
  try {
    content = await shrunk(file);
  } catch {
    trouble.value = say("pictureUnreadable");
  }
  if (content) await tried(async () => set({ picture: (await take(api.POST("/api/pictures", { body: { content }, headers: key() }))).id }));
  pictureComes.value = false;
}

export function PictureChoice({ words, set }: { words: Words; set: (change: Partial<Words>) => void }) {
  const choose = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file) void add(file, set);
    input.value = "";
  };
  return (
    <div class="picture-choice" data-testid="picture-choice">
      {words.picture && <img src={`/api/pictures/${words.picture}`} alt={say("pictureOf", { headline: words.headline })} />}
      <label class="file-choice"><input name="picture" type="file" accept="image/jpeg,image/png,image/webp" disabled={pictureComes.value} onChange={choose} /><span class="secondary">{say(words.picture ? "pictureChange" : "pictureAdd")}</span></label>
      {words.picture && <button type="button" class="quiet" onClick={() => set({ picture: null })}>{say("pictureRemove")}</button>}
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
    </div>
  );
}
