import { signal } from "@preact/signals";
import { render } from "preact";
import { api, take } from "../api";
import "../ui/tokens.css";
import "./sign-in.css";
import { LanguageSwitch, why } from "../ui/parts";
import { say } from "../words";

const refused = signal("");
const FACES = ["/wall", "/tablet", "/plan"];

async function submit(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const body = { username: String(form.get("username")), password: String(form.get("password")) };
  try {
    await take(api.POST("/api/session", { body }));
    const wanted = new URLSearchParams(location.search).get("to") ?? "";
    location.assign(FACES.includes(wanted) ? wanted : "/");
  } catch (error) {
    refused.value = why(error);
  }
}

function SignIn() {
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{say("signInTitle")}</h1>
        <p>{say("signInNote")}</p>
        <label class="field"><span>{say("username")}</span><input name="username" autocomplete="username" required autofocus /></label>
        <label class="field"><span>{say("password")}</span><input name="password" type="password" autocomplete="current-password" required /></label>
        <p class="refused" role="alert">{refused}</p>
        <button class="primary" type="submit">{say("signIn")}</button>
        <LanguageSwitch />
      </form>
    </main>
  );
}

render(<SignIn />, document.getElementById("face") as HTMLElement);
