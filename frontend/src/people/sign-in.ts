// Signing in, and choosing a password and a second factor of one's own the first time.
import { signal } from "@preact/signals";
import { api, keepToken, Refusal, take } from "../api";
import { why } from "../ui/parts";

const FACES = ["/wall", "/tablet", "/plan", "/register"];
export const refused = signal("");
/** The password was right; the second factor is asked for. */
export const asksCode = signal(false);
export const enrolling = signal(false);
/** What an authenticator scans; null for a role without a second factor. */
export const toScan = signal<{ secret: string; picture: string } | null>(null);

export async function signIn(username: string, password: string, otp: string): Promise<void> {
  try {
    const session = await take(api.POST("/api/session", { body: { username, password, otp: otp || null } }));
    keepToken(session.csrf);
    refused.value = "";
    if (session.enrol) await beginEnrolling();
    else goOn();
  } catch (error) {
    if (error instanceof Refusal && error.code.startsWith("session.otp")) asksCode.value = true;
    refused.value = error instanceof Refusal && error.code === "session.otp_needed" ? "" : why(error);
  }
}

/** Somebody who is signed in without rights yet is led here by the faces. */
export async function resumeEnrolling(): Promise<void> {
  if (!location.search.includes("enrol")) return;
  try {
    const session = await take(api.GET("/api/session"));
    keepToken(session.csrf);
    if (session.enrol) await beginEnrolling();
  } catch {
    // nobody is signed in: the form stands there already
  }
}

async function beginEnrolling(): Promise<void> {
  const { secret, picture } = await take(api.GET("/api/session/enrol"));
  toScan.value = secret && picture ? { secret, picture } : null;
  enrolling.value = true;
}

export async function enrol(password: string, again: string, otp: string, differs: string): Promise<void> {
  if (password !== again) return void (refused.value = differs);
  try {
    await take(api.POST("/api/session/enrol", { body: { password, otp: otp || null } }));
    goOn();
  } catch (error) {
    refused.value = why(error);
  }
}

/** A wall's screen is opened with its token behind the #, which no server and no log sees. */
export async function resumeWall(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get("wall");
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  try {
    keepToken((await take(api.POST("/api/session/wall", { body: { token } }))).csrf);
    location.assign("/wall");
  } catch (error) {
    refused.value = why(error);
  }
}

function goOn(): void {
  const wanted = new URLSearchParams(location.search).get("to") ?? "";
  location.assign(FACES.includes(wanted) ? wanted : "/");
}
