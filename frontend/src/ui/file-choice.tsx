// Choosing a file: the browser's own button would speak the browser's language, not the reader's.
import { useSignal } from "@preact/signals";
import { say } from "../words";
import "./file-choice.css";

export function FileChoice({ name, accept, then }: { name: string; accept: string; then?: (file: File) => void }) {
  const chosen = useSignal("");
  const choose = (event: Event): void => {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    chosen.value = file?.name ?? "";
    if (file) then?.(file);
  };
  return <label class="file-choice"><input name={name} type="file" accept={accept} required onChange={choose} /><span class="secondary">{say("importFile")}</span><b>{chosen.value || say("importNoFile")}</b></label>;
}
