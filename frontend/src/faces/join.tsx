// Joining by an officer's QR code: who asks, two fields, one button; nothing to install and no password.
import { render } from "preact";
import { again, ask, asking, beginJoin, claim, page, pairing, stage, trial, trouble } from "../people/join";
import { Demo, LanguageSwitch } from "../ui/parts";
import { say } from "../words";
import "../ui/tokens.css";
import "./join.css";

function submit(event: SubmitEvent): void {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  void ask(String(form.get("name")).trim(), String(form.get("phone")).trim());
}

function Form() {
  const here = page.value;
  if (!here) return <p class="big">{say("loading")}</p>;
  return (
    <form onSubmit={submit}>
      <h1>{say("joinTitle")}</h1>
      <p class="where">{here.places.join(" ")}{here.officer && <><br />{say("joinOfficer", { name: here.officer })}</>}</p>
      <label class="field"><span>{say("joinName")}</span><input name="name" autocomplete="name" required minLength={2} maxLength={40} /></label>
      <label class="field"><span>{say("joinPhone")}</span><input name="phone" type="tel" inputMode="tel" autocomplete="tel" required /></label>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <button class="primary" type="submit" disabled={asking.value}>{say(asking.value ? "joinAsking" : "joinGo")}</button>
      <p class="small">{say("joinNotice")}</p>
    </form>
  );
}

function Trial() {
  return (
    <form onSubmit={(event) => { event.preventDefault(); void claim(); }}>
      <h1>{say("trialPhoneTitle")}</h1>
      <p class="where">{say("trialPhoneHow")}</p>
      {trouble.value && <p class="refused" role="alert">{trouble.value}</p>}
      <button class="primary" type="submit">{say("trialPhoneGo")}</button>
    </form>
  );
}

function Said({ mark, title, how, tone }: { mark: string; title: string; how: string; tone: string }) {
  return <section class={`said ${tone}`} role="status"><p class="mark" aria-hidden="true">{mark}</p><h1>{title}</h1><p>{how}</p></section>;
}

function Join() {
  return (
    <main class="join">
      <Demo shown={page.value?.demo ?? false} />
      {stage.value === "form" && (trial ? <Trial /> : <Form />)}
      {stage.value === "waiting" && <Said mark="…" tone="waits" title={say("joinWaiting")} how={say(page.value?.door ? "joinWaitingDoor" : "joinWaitingHow")} />}
      {stage.value === "waiting" && pairing.value && <p class="pairing">{say("pairing")} <b>{pairing.value}</b></p>}
      {stage.value === "waiting" && page.value && <button type="button" class="quiet" onClick={again}>{say("joinAgain")}</button>}
      {stage.value === "connected" && <Said mark="✓" tone="done" title={say("joinDone")} how={say("joinDoneHow")} />}
      {stage.value === "refused" && <Said mark="!" tone="no" title={say("joinRefused")} how={say("joinRefusedHow")} />}
      {stage.value === "dead" && <Said mark="!" tone="no" title={say("joinDead")} how={trouble.value} />}
      <footer><LanguageSwitch /></footer>
    </main>
  );
}

void beginJoin();
const face = document.getElementById("face") as HTMLElement;
face.textContent = ""; // what stood there while this was on its way, and would stay below it
render(<Join />, face);
