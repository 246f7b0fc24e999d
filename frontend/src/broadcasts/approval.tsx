// Approving, and the password once more before it: a desk left open approves nothing. It stands under what it is for, and nowhere else.
import { effect, signal, untracked } from "@preact/signals";
import { api, key, Refusal, take } from "../api";
import { why } from "../ui/parts";
import type { Broadcast } from "../wire";
import { say } from "../words";
import { chosen, refused, shown, tried } from "./draft";

/** What is done once the person has given their password again; null while nobody asks for it. */
const afterProof = signal<(() => Promise<void>) | null>(null);
effect(() => {
  void chosen.value; // another broadcast on the screen: what was asked for the last one is not meant for it
  untracked(() => { afterProof.value = null; refused.value = ""; });
});

/** An approval more than ten minutes after signing in wants the password once more. */
export function proving(error: unknown, again: () => Promise<void>): void {
  afterProof.value = error instanceof Refusal && error.code === "session.prove" ? again : null;
  refused.value = why(error);
}

export const forgetProof = (): void => void (afterProof.value = null);

export async function approve(row: Broadcast): Promise<void> {
  refused.value = "";
  try {
    await shown(row.id, take(api.POST("/api/broadcasts/{id}/approve", { params: { path: { id: row.id } }, headers: key(), body: { content_hash: row.content_hash ?? "" } })));
  } catch (error) {
    proving(error, () => approve(row));
  }
}

async function prove(password: string, otp: string): Promise<void> {
  const again = afterProof.value;
  await tried(async () => {
    await take(api.POST("/api/session/prove", { body: { password, otp: otp || null } }));
    if (afterProof.value !== again) return; // went on to something else meanwhile
    afterProof.value = null;
    await again?.();
  });
}

const focus = (input: HTMLInputElement | null): void => { if (input && document.activeElement?.closest("[data-testid=prove]") === null) input.focus(); };

export function Prove() {
  if (!afterProof.value) return null;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void prove(String(form.get("password") ?? ""), String(form.get("otp") ?? ""));
  };
  return (
    <form class="composer" data-testid="prove" onSubmit={submit}>
      <p class="refused">{refused}</p>
      <label class="field"><span>{say("password")}</span><input name="password" type="password" required ref={focus} autocomplete="current-password" /></label>
      <label class="field"><span>{say("proveOtp")}</span><input name="otp" inputMode="numeric" autocomplete="one-time-code" maxLength={6} /></label>
      <button type="submit" class="primary">{say("proveGo")}</button>
    </form>
  );
}
