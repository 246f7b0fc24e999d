// Small parts that more than one face uses.
import { signal } from "@preact/signals";
import { api, Refusal, take } from "../api";
import { forgetTab } from "../kept";
import { clockRuns, connected, failing, heardAt, smsRuns } from "../realtime/socket";
import { behind, denied, lastEvent, ready } from "../realtime/store";
import { ago, now, when } from "../time";
import type { Incident } from "../wire";
import { language, say, switchLanguage } from "../words";

/** How fresh the screen is, in words and colour: live, or since when it is not (P16). */
export function Freshness() {
  if (denied.value) return <span class="stale" role="status">{denied.value}</span>;
  if (!ready.value && !navigator.onLine) return <span class="stale" role="status">{say("noSignal")}</span>;
  if (!ready.value || (behind.value && connected.value)) return <span class="waits" role="status">{say("loading")}</span>;
  if (!connected.value) return <span class="stale" role="status">{say("stale", { at: when(new Date(heardAt.value).toISOString(), language.value) })}</span>;
  if (!clockRuns.value) return <span class="stale" role="alert" data-testid="no-clock">{say("noClock")}</span>;
  if (!smsRuns.value) return <span class="stale" role="alert">{say("noSms")}</span>;
  if (failing.value.length > 0) return <span class="stale" role="alert" data-testid="failing">{say("jobsFail", { jobs: failing.value.join(" ") })}</span>;
  const event = lastEvent.value;
  return <span class="live">{say("live")} · {event ? say("lastEvent", { ago: ago(event.at, now.value, language.value) }) : say("noEventYet")}</span>;
}

export const Demo = ({ shown }: { shown: boolean }) => (shown ? <span class="demo">{say("demo")}</span> : null);

export const LanguageSwitch = () => (
  <button type="button" class="quiet" onClick={switchLanguage} lang={language.value === "en" ? "zh-CN" : "en"}>{say("language")}</button>
);

const stays = signal("");
const warned = signal(false);
const WARNED = 10_000; // milliseconds
/** Without a signal one stays signed in, and is told so: the next at this tablet would be oneself. */
async function signOut(unsent: number): Promise<void> {
  if (unsent > 0 && !warned.value) { // the second press goes, and not one of an hour later
    warned.value = true;
    setTimeout(() => (warned.value = false), WARNED);
    return;
  }
  stays.value = "";
  try {
    await take(api.DELETE("/api/session"));
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) return void (stays.value = error instanceof Refusal ? error.message : say("stillSignedIn"));
  }
  forgetTab();
  location.assign("/sign-in");
}

/** `unsent`: what only this device holds, and goes nowhere while nobody is signed in. */
export const SignOut = ({ unsent = 0 }: { unsent?: number }) => <>{warned.value && unsent > 0 && <span class="refused" role="alert">{say("signOutUnsent", { n: unsent })}</span>}{stays.value && <span class="refused" role="alert">{stays.value}</span>}<button type="button" class="quiet" onClick={() => void signOut(unsent)}>{say("signOut")}</button></>;

/** The one-character seal of an incident's kind. */
export function Seal({ incident }: { incident: Incident }) {
  const grave = incident.severity === "extreme" || incident.severity === "severe";
  return <span class={`seal ${grave ? "grave" : ""}`} aria-label={say(incident.kind)}>{say(`seal_${incident.kind}`)}</span>;
}

export const placeNames = (incident: Incident): string => incident.grid.names.join(" ");

/** What it is, where, and how far it has come. */
export const IncidentWords = ({ incident }: { incident: Incident }) => (
  <div><b>{incident.title}</b><small>{placeNames(incident)} · {say(incident.state === "acknowledged" ? "acknowledgedState" : incident.state)}</small>{incident.description && <small>{incident.description}</small>}</div>
);

/** What a call that was refused says, or that nobody answered it. */
export const why = (error: unknown): string => (error instanceof Refusal ? error.message : say("noAnswer"));
