// The password once more, before what a desk left open must not do; it stands under what it is for, and nowhere else.
import { computed, signal, type Signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { say } from "../words";
import { why } from "./parts";
import { trying } from "./tried";

/** Gives what asks for a panel's proof: `proven` makes a call, once more after the proof where it wants one, `Prove` is the form, `rest` the refusals that it does not show.
 *
 * @param refused where the panel says its refusals
 */
export function proofFor(refused: Signal<string>) {
  /** What is done once the person has given their password again; null while nobody asks for it. */
  const after = signal<(() => Promise<unknown>) | null>(null);

  async function proven(call: () => Promise<unknown>): Promise<void> {
    refused.value = "";
    try {
      await call();
    } catch (error) {
      after.value = error instanceof Refusal && error.code === "session.prove" ? () => proven(call) : null;
      refused.value = why(error);
    }
  }

  async function prove(password: string, otp: string): Promise<void> {
    const again = after.value;
    const told = await trying(refused)(() => take(api.POST("/api/session/prove", { body: { password, otp: otp || null } })));
    if (!told || after.value !== again) return; // went on to something else meanwhile
    after.value = null;
    await again?.();
  }

  function Prove() {
    if (!after.value) return null;
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      const form = new FormData(event.currentTarget as HTMLFormElement);
      void prove(String(form.get("password") ?? ""), String(form.get("otp") ?? ""));
    };
    return (
      <form class="composer" data-testid="prove" onSubmit={submit}>
        <p class="refused" role="alert">{refused}</p>
        <label class="field"><span>{say("password")}</span><input name="password" type="password" required ref={focus} autocomplete="current-password" /></label>
        <label class="field"><span>{say("proveOtp")}</span><input name="otp" inputMode="numeric" autocomplete="one-time-code" maxLength={6} /></label>
        <button type="submit" class="primary">{say("proveGo")}</button>
      </form>
    );
  }
  /** What was refused, for the panel itself: while the form asks, it says so, and nothing else does. */
  const rest = computed(() => (after.value ? "" : refused.value));
  return { proven, rest, forget: (): void => void (after.value = null), Prove };
}

const focus = (input: HTMLInputElement | null): void => { if (input && document.activeElement?.closest("[data-testid=prove]") === null) input.focus(); };
