import { render } from "preact";
import "../ui/tokens.css";
import "./sign-in.css";
import { asksCode, enrol, enrolling, refused, resumeEnrolling, resumeWall, signIn, toScan } from "../people/sign-in";
import { LanguageSwitch } from "../ui/parts";
import { say } from "../words";

function submit(event: SubmitEvent): void {
  event.preventDefault();
  const form = new FormData(event.currentTarget as HTMLFormElement);
  const field = (name: string): string => String(form.get(name) ?? "").trim();
  if (enrolling.value) void enrol(String(form.get("password")), String(form.get("again")), field("otp"), say("enrolDiffers"));
  else void signIn(field("username"), String(form.get("password")), field("otp"));
}

const Code = () => <label class="field"><span>{say("otp")}</span><input name="otp" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxLength={6} required autofocus /></label>;

function SignIn() {
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        {enrolling.value ? <Enrol /> : (
          <>
            <h1>{say("signInTitle")}</h1>
            <p>{say("signInNote")}</p>
            <label class="field"><span>{say("username")}</span><input name="username" autocomplete="username" required autofocus /></label>
            <label class="field"><span>{say("password")}</span><input name="password" type="password" autocomplete="current-password" required /></label>
            {asksCode.value && <Code />}
          </>
        )}
        <p class="refused" role="alert">{refused}</p>
        <button class="primary" type="submit">{say(enrolling.value ? "enrolGo" : "signIn")}</button>
        <LanguageSwitch />
      </form>
    </main>
  );
}

function Enrol() {
  return (
    <>
      <h1>{say("enrolTitle")}</h1>
      <p>{say("enrolHow")}</p>
      {toScan.value && <><img class="scan" src={toScan.value.picture} alt={toScan.value.secret} /><p class="secret">{say("enrolSecret", { secret: toScan.value.secret })}</p><Code /></>}
      <label class="field"><span>{say("enrolPassword")}</span><input name="password" type="password" autocomplete="new-password" minLength={12} required /></label>
      <label class="field"><span>{say("enrolAgain")}</span><input name="again" type="password" autocomplete="new-password" minLength={12} required /></label>
    </>
  );
}

void resumeEnrolling();
void resumeWall();
render(<SignIn />, document.getElementById("face") as HTMLElement);
