// The QR codes that hang in one's grids: to be printed again, or taken down when a poster is lost.
import { effect, signal } from "@preact/signals";
import { api, take } from "../api";
import { trying } from "../ui/tried";
import type { JoinCode } from "../wire";
import { say } from "../words";
import { shownCode } from "./code";

const codes = signal<JoinCode[]>([]);
const opened = signal(false);
const sure = signal("");
const trouble = signal("");
const tried = trying(trouble);

effect(() => {
  void shownCode.value; // one more may hang now
  if (opened.value) void tried(read);
});

async function read(): Promise<void> {
  codes.value = (await take(api.GET("/api/join-codes"))).items;
}

function revoke(code: JoinCode): void {
  if (sure.value !== code.id) return void (sure.value = code.id);
  sure.value = "";
  void tried(async () => {
    await take(api.DELETE("/api/join-codes/{id}", { params: { path: { id: code.id } } }));
    await read();
  });
}

export function HungCodes() {
  return (
    <details class="hung" onToggle={(event) => (opened.value = event.currentTarget.open)}>
      <summary>{say("codesMine")}</summary>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      {codes.value.length === 0 && <p class="small">{say("codesNone")}</p>}
      <ul class="rows" data-testid="hung">{codes.value.map((code) => (
        <li key={code.id}><b>{code.place}</b><small>{code.officer_name}</small><span class="codes"><button type="button" class="secondary" onClick={() => (shownCode.value = code)}>{say("codeShow")}</button><button type="button" class={sure.value === code.id ? "danger" : "secondary"} onClick={() => revoke(code)}>{say(sure.value === code.id ? "codeRevokeSure" : "codeRevoke")}</button></span></li>
      ))}</ul>
    </details>
  );
}
