// One broadcast at the desk: what it says, where it stands, and the one step that this person may take now.
import { computed, effect, signal } from "@preact/signals";
import { isLater, left, now, when } from "../time";
import { api, take } from "../api";
import { state } from "../realtime/store";
import type { Broadcast, Preview } from "../wire";
import { type Key, language, languageName as named, number, say } from "../words";
import { Before } from "./before";
import { ByVillage, Overlaps } from "./by-village";
import { Steps } from "./composer";
import { Dispatched } from "./dispatched";
import { approve, Prove, rest } from "./approval";
import { beginUpdate, cancel, chosen, chosenBroadcast, discard, mine, refused, review, selection, send, stop } from "./draft";
import { villages } from "../grids/store";
import { colourOf, headlineOf } from "./level";
import { broadcasts, fingerprint, groupsOf, inTens, isCancel, isEvacuation, missingOf, totals, touches, unconfirmed, unfinished } from "./store";
import { PlaceNames } from "./place-names";
import { Reached } from "./reached";
import { rewrite } from "./form";
import { OrderProgress } from "../orders/orders";
import { whomSaid } from "./whom";

const reason = signal("");
const STEP: Record<string, number> = { draft: 2, submitted: 3, approved: 4, countdown: 4 };
export const stateWord = (row: Broadcast): Key => (unconfirmed(row) && !isCancel(row) && ["sending", "in_force"].includes(row.state) ? "orderWaitsAll" : row.state === "cancelled" && !row.started_at ? "discarded" : row.state === "countdown" ? "countdownState" : isCancel(row) && (row.state === "sending" || row.state === "in_force") ? "cancelOut" : row.state);

export function Detail() {
  const row = chosenBroadcast.value;
  if (!row) return <section class="detail"><button type="button" class="secondary" onClick={() => (chosen.value = null)}>← {say("back")}</button><p class="note" role="status">{say("loading")}</p></section>;
  const step = STEP[row.state];
  return (
    <section class="detail" data-testid="detail" data-state={row.state}>
      <button type="button" class="secondary" onClick={() => (chosen.value = null)}>← {say("back")}</button>
      <h2>{row.message_type === "Alert" ? "" : `${say(isCancel(row) ? "cancelBroadcast" : "updateTag")}：`}{headlineOf(row)}</h2>
      <p><span class={`tag level-${colourOf(row)}`}>{say(row.level)} · {say(row.kind)}</span> <b>{say(stateWord(row))}</b>{row.version > 1 && !isCancel(row) && <> · {say("version", { n: row.version })}</>}</p>
      {step && <Steps at={step} />}
      <dl class="facts">
        <Before row={row} />
        {row.instruction && !isCancel(row) && <><dt>{say("instruction")}</dt><dd>{row.instruction}</dd></>}
        {row.description && <><dt>{say(isCancel(row) ? "cancelReason" : "description")}</dt><dd>{row.description}</dd></>}
        {row.picture && !isCancel(row) && <><dt>{say("picture")}</dt><dd><img class="detail-picture" src={`/api/pictures/${row.picture}`} alt={say("pictureOf", { headline: row.headline })} /></dd></>}
        {!isCancel(row) && row.languages.map((one) => <Translated key={one.language} one={one} />)}
        <dt>{say("issuer")}</dt><dd>{row.issuer}{row.authority && <> · {say("relays", { authority: row.authority })}</>}</dd>
        <dt>{say("category")}</dt><dd>{say(`category_${row.category}`)}</dd>
        {isLater(row.effective, row.started_at ?? row.drafted_at) && <><dt>{say("begins")}</dt><dd>{when(row.effective, language.value)}</dd></>}
        <dt>{say("expires")}</dt><dd>{when(row.expires, language.value)} · {say("remaining", { time: left(row.expires, now.value) })}</dd>
        <dt>{say("stepArea")}</dt><dd>{say("groupsIn", { n: groupsOf(row) })} · <Places row={row} />{row.selection["exclude"] ? <b data-testid="less-said"> · {say("excluded")}</b> : null}</dd>
        {whomSaid(row.selection) && <><dt>{say("whomTitle")}</dt><dd data-testid="whom-said"><b>{whomSaid(row.selection)}</b></dd></>}
        {row.selection["basis"] === "last_place" && <><dt>{say("basis")}</dt><dd>{say("byPlace")}</dd></>}
        <dt>{say("stepApproval")}</dt><dd>{say("author", { name: row.author.name })}{row.approver ? ` · ${say("approver", { name: row.approver.name })}` : ""}</dd>
        {row.content_hash && <><dt>{say("fingerprint")}</dt><dd><code data-testid="fingerprint">{fingerprint(row)}</code></dd></>}
      </dl>
      {inTens(row) && <p class="note" data-testid="in-tens">{say("inTens")}</p>}
      {row.counts && (!row.started_at || !isCancel(row)) && <Counted counts={row.counts} />}
      {!row.started_at && <Looked row={row} />}
      {row.by_order && !isCancel(row) && <p class="note" data-testid="by-order">{say("byOrderSaid")}</p>}
      {row.started_at && <Reached row={row} />}
      {row.started_at && <Dispatched row={row} />}
      {row.by_order && !isCancel(row) && (row.state === "sending" || row.state === "in_force") && <OrderProgress broadcast={row} />}
      {row.review && <p class={`review ${row.review}`} data-testid="review">{say(`review_${row.review}`)}{row.reviewer ? ` · ${row.reviewer.name}` : ""}{row.remark ? `：${row.remark}` : ""}</p>}
      {row.review === "waiting" && row.author.id !== mine.value && <Review row={row} />}
      <div class={step ? "go" : "done"}>
        <p class="refused" role="alert">{rest}</p>
        <Prove />
        <Step row={row} />
      </div>
      {(row.state === "draft" || row.state === "submitted" || row.state === "approved") && !isCancel(row) && <button type="button" class="secondary" disabled={settling.value} onClick={() => void rewrite(row)}>{say(row.author.id === mine.value ? "rewriteOwn" : "rewriteLike")}</button>}
      {(row.state === "draft" || row.state === "submitted" || row.state === "approved") && <Discard row={row} />}
    </section>
  );
}

/** The same words in another language: whoever approves answers for these too. */
function Translated({ one }: { one: Broadcast["languages"][number] }) {
  return <><dt>{named(one.language)}</dt><dd lang={one.language} data-testid="translated"><b>{one.headline}</b>{[one.instruction, one.description].filter(Boolean).map((text) => <p key={text}>{text}</p>)}</dd></>;
}

/** The villages it touches. */
const Places = ({ row }: { row: Broadcast }) => <PlaceNames names={villages.value.filter((village) => touches(row, village.start, village.end)).map((village) => village.name)} />;

/** Who was inside when it was handed over: what the approver answers for. */
function Counted({ counts }: { counts: NonNullable<Broadcast["counts"]> }) {
  const figures = [["registeredHere", counts.residents], ["connectedHere", counts.connected], ["visitHere", counts.residents - counts.connected], ["awayHere", counts.away], ["families", counts.households]] as const;
  return <dl class="figures" data-testid="counted">{figures.map(([word, n]) => <div key={word}><dt>{say(word)}</dt><dd>{number(n)}</dd></div>)}</dl>;
}

const SETTLES = 1000;
let last = { id: "", state: "" };
const changedAt = signal(0);
effect(() => {
  const row = chosenBroadcast.value;
  if (row && row.id === last.id && row.state !== last.state) {
    changedAt.value = now.peek();
    refused.value = ""; // what was refused was of the state before
  }
  last = { id: row?.id ?? "", state: row?.state ?? "" };
});
/** For a moment after a step another button lies where the last one was: a second press of the same finger is none of it. */
const settling = computed(() => now.value - changedAt.value < SETTLES);
/** Five seconds are short: the button that stops has the keyboard at once, and stands on the screen. */
const atHand = (button: HTMLButtonElement | null): void => {
  if (!button || button.dataset["atHand"]) return;
  button.dataset["atHand"] = "yes";
  button.focus();
  button.scrollIntoView({ block: "nearest" });
};

/** Who is in the area now, by village and group, and what is in force there: what an approver looks at beside the sum. */
const looked = signal<{ id: string; found: Preview } | null>(null);
let lookedFor: string | null = null;
effect(() => {
  const row = chosenBroadcast.value;
  const id = row && ["submitted", "approved"].includes(row.state) && !isCancel(row) && !row.in_tens ? row.id : null; // of what sensitive tags narrow each look is written down
  if (id === lookedFor) return;
  lookedFor = id;
  looked.value = null;
  if (!row || !id) return;
  void take(api.POST("/api/broadcasts/preview", { body: { selection: row.selection as unknown as ReturnType<typeof selection>, kind: row.kind } }))
    .then((found) => { if (lookedFor === id) looked.value = { id, found }; }, () => { if (lookedFor === id) lookedFor = null; }); // the sum stands
});
function Looked({ row }: { row: Broadcast }) {
  if (looked.value?.id !== row.id) return null;
  return <><Overlaps rows={(looked.value.found.overlaps ?? []).filter((one) => state.value.broadcasts[one.id]?.chain !== row.chain)} /><ByVillage found={looked.value.found} /></>;
}

function Step({ row }: { row: Broadcast }) {
  const author = row.author.id === mine.value;
  if (row.state === "submitted" && author) return <p class="note">{say("waitingApproval")}。{say("ownDraft")}。</p>;
  if (row.state === "submitted") return <>{isCancel(row) && <StillMissing chain={row.chain} />}<button type="button" class="primary" onClick={() => void approve(row)}>{say(isCancel(row) ? "approveCancel" : "approve")}</button></>;
  if (row.state === "approved") return <button type="button" class="danger" disabled={settling.value || (!author && row.approver?.id !== mine.value)} onClick={() => void send(row)}>{say("send")}</button>;
  if (row.state === "countdown") {
    const seconds = Math.max(0, Math.ceil((Date.parse(row.sends_at ?? "") - now.value) / 1000));
    return <><p class="count-down" role="timer">{say("countdown", { s: seconds })}</p><button type="button" class="danger stop" ref={atHand} onClick={() => void stop(row)}>{say("stop")}</button></>;
  }
  const out = row.state === "sending" || row.state === "in_force";
  if ((out || unfinished.value.includes(row)) && !isCancel(row)) {
    return (
      <form class="composer" onSubmit={(event) => { event.preventDefault(); void cancel(row, reason.value); }}>
        {out && <button type="button" class="secondary" onClick={() => beginUpdate(row)}>{say("updateBroadcast")}</button>}
        <StillMissing chain={row.chain} />
        <label class="field"><span>{say("cancelReason")}</span><input name="reason" required minLength={2} maxLength={500} value={reason} onInput={(event) => (reason.value = event.currentTarget.value)} /></label>
        <button type="submit" class="secondary">{say("cancelBroadcast")}</button>
      </form>
    );
  }
  return null;
}

/** Who calls an evacuation off has to know who is missing in it: the officers' lists end with it. */
function StillMissing({ chain }: { chain: string }) {
  const row = broadcasts.value.filter((one) => one.chain === chain && !isCancel(one) && one.started_at).sort((a, b) => b.version - a.version)[0];
  if (!row || !isEvacuation(row) || missingOf(row) === 0) return null;
  return <p class="ending" role="note" data-testid="still-missing">{say("stillMissing", { n: number(missingOf(row)), help: number(totals(row.id).need_help), all: number(totals(row.id).residents) })}</p>;
}

/** Looked at afterwards: what one person sent alone. */
function Review({ row }: { row: Broadcast }) {
  return (
    <form class="composer" data-testid="reviewing" onSubmit={(event) => { event.preventDefault(); void review(row, (event.submitter as HTMLButtonElement | null)?.value === "right", remark.value).then((done) => { if (done) remark.value = ""; }); }}>
      <label class="field"><span>{say("reviewRemark")}</span><input name="remark" maxLength={500} value={remark} onInput={(event) => (remark.value = event.currentTarget.value)} /></label>
      <div class="row"><button type="submit" class="primary" value="right">{say("reviewRight")}</button><button type="submit" class="secondary" value="wrong">{say("reviewWrong")}</button></div>
    </form>
  );
}
const remark = signal("");
const sure = signal("");
/** What was written of one message is never said of another. */
effect(() => {
  void chosen.value;
  reason.value = remark.value = sure.value = "";
});

function Discard({ row }: { row: Broadcast }) {
  const press = (): void => {
    if (sure.value !== row.id) return void (sure.value = row.id);
    sure.value = "";
    void discard(row);
  };
  return <button type="button" class="secondary" disabled={settling.value} onClick={press}>{say(sure.value === row.id ? "discardSure" : "discard")}</button>;
}
