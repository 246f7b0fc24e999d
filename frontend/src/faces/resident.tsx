// A resident's phone: one big message, what to do, one tap to answer. Text before anything else; nothing to install.
import { render } from "preact";
import { MessageCard } from "../broadcasts/message";
import { answers, beginInbox, current, demo, earlier, inboxReady, keptSince, news, unknownPhone } from "../broadcasts/inbox";
import { allowSound, audible } from "../broadcasts/ring";
import { Devices } from "../people/devices";
import { Hearings } from "../people/hearings";
import { SharePlace, SharingNow } from "../people/place";
import { followRecord, MyRecord } from "../people/record";
import { connected } from "../realtime/socket";
import { when } from "../time";
import { Demo, LanguageSwitch } from "../ui/parts";
import { language, say } from "../words";
import "../ui/tokens.css";
import "./resident.css";

const ofRecord = location.pathname === "/me/record";

/** What is in force stands on every page of the phone: a warning that came while somebody looked at their record is on the screen too. */
const warnings = () => current.value.map((item) => <MessageCard key={item.chain} item={item} waiting={answers.value.has(item.chain)} />);
/** Said aloud by screen readers as it comes. */
const Heard = () => <p class="heard" role="alert">{news.value}</p>;

let asked = false;
/** That it cannot sound yet; once it can the line stays where it is, since the touch that allowed it may have been meant for a button below. */
function Sound() {
  asked ||= !audible.value;
  if (!asked) return null;
  return <p class={audible.value ? "touch heard-now" : "touch"} role="status">{say(audible.value ? "soundAllowed" : "touchForSound")}</p>;
}

/** Whether what is shown is old. */
const Lines = () => (
  <>
    {keptSince.value && <p class="stale" role="status">{say("keptInbox", { time: when(keptSince.value, language.value) })}</p>}
    {!inboxReady.value && !keptSince.value && <section class="empty" role="status"><p>{say("opening")}</p></section>}
    {inboxReady.value && !connected.value && <p class="stale" role="status">{say("connection")}</p>}
  </>
);

function Resident() {
  if (unknownPhone.value) return <main class="resident empty"><h1>{say("notJoined")}</h1><p>{say("notJoinedHow")}</p><LanguageSwitch /></main>;
  if (ofRecord) return <main class="resident"><SharingNow /><Lines /><Heard />{warnings()}<MyRecord /><footer><a class="quiet" href="/me">‹ {say("back")}</a><LanguageSwitch /></footer></main>;
  return (
    <main class="resident">
      <SharingNow />
      {current.value.length === 0 && <Hearings />}
      <Lines />
      <Heard />
      {current.value.length > 0 && <Sound />}
      {warnings()}
      {inboxReady.value && current.value.length === 0 && (
        <section class="empty" data-testid="empty"><Demo shown={demo.value} /><h1>{say("inboxEmpty")}</h1><p>{say("inboxEmptyHow")}</p>{!audible.value && <p class="touch" role="status">{say("touchForSound")}</p>}</section>
      )}
      {current.value.length > 0 && <Hearings />}
      {earlier.value.length > 0 && <section class="earlier"><h2>{say("earlier")}</h2>{earlier.value.map((item) => <MessageCard key={item.chain} item={item} waiting={answers.value.has(item.chain)} />)}</section>}
      <footer>{inboxReady.value && <><SharePlace /><Devices /><a class="quiet" href="/me/record">{say("recordTitle")}</a></>}<LanguageSwitch /></footer>
    </main>
  );
}

allowSound();
void beginInbox();
// Opens without a signal after one visit; browsers that have none (WeChat's) go on without it.
void navigator.serviceWorker?.register("/worker.js", { scope: "/me" }).catch(() => undefined);
if (ofRecord) followRecord();
const face = document.getElementById("face") as HTMLElement;
face.textContent = ""; // what stood there while this was on its way, and would stay below it
render(<Resident />, face);
