// The gravest running broadcast on the wall, who is not accounted for in the largest figures; the others below it.
import { left, now, when } from "../time";
import { CallupLine } from "../callups/callups";
import { language, number, say } from "../words";
import { placeOf, villages } from "../grids/store";
import type { Broadcast } from "../wire";
import { colourOf, headlineOf } from "./level";
import { DispatchedAfar } from "./dispatched-afar";
import { Ending } from "./reached";
import { fingerprint, groupsOf, inTens, isEvacuation, missingOf, running, totals, unconfirmed, unfinished } from "./store";
import "./wall-card.css";

const OTHERS = 2;

export function RunningBroadcast() {
  const broadcast = running.value[0];
  if (!broadcast) return <section class="card running quiet"><h3>{say("noBroadcasts")}</h3></section>;
  const sums = totals(broadcast.id);
  const evacuation = isEvacuation(broadcast);
  const registered = sums.residents || (broadcast.counts?.residents ?? 0);
  const counting = broadcast.state === "countdown";
  // Who saw it and was found by an officer is counted once: the bar is never longer than the people.
  const seenOnly = Math.max(0, Math.min(sums.displayed - sums.safe - sums.moving - sums.need_help, sums.residents - sums.accounted_for - sums.moving - sums.need_help));
  return (
    <section class={`card running level-${colourOf(broadcast)}`} data-testid="running">
      <p class="top">
        <b class="level">{say(broadcast.level)} · {say(broadcast.kind)}</b>
        <span>{counting ? say("countdown", { s: Math.max(0, Math.ceil((Date.parse(broadcast.sends_at ?? "") - now.value) / 1000)) }) : say("remaining", { time: left(broadcast.expires, now.value) })}</span>
      </p>
      <h3>{headlineOf(broadcast)}</h3>
      <p class="where">{placesOf(broadcast)}</p>
      {!counting && unconfirmed(broadcast) ? <p class="missing soon">{say("orderWaitsAll")}</p> : <p class={counting ? "missing soon" : "missing"}><b data-testid="missing">{number(counting ? registered : missingOf(broadcast))}</b> {say(counting ? "aboutToGet" : evacuation ? "unaccounted" : "unseen")}</p>}
      <p class="sent">{broadcast.started_at ? say("sentAt", { time: when(broadcast.started_at, language.value), n: number(registered), c: number(broadcast.counts?.connected ?? 0) }) : ""}{broadcast.content_hash && <small class="stamp" data-testid="fingerprint">{say("fingerprint")} {fingerprint(broadcast)}</small>}{inTens(broadcast) && <small class="stamp" data-testid="in-tens">{say("inTens")}</small>}</p>
      <DispatchedAfar row={broadcast} />
      <Ending row={broadcast} />
      {evacuation && !counting && <CallupLine chain={broadcast.chain} />}
      <Stack parts={evacuation ? [["safe", sums.accounted_for], ["moving", sums.moving], ["displayed", seenOnly], ["need_help", sums.need_help]] : [["displayed", sums.displayed], ["pushed", sums.pushed - sums.displayed]]} whole={registered} />
      <dl>
        {(evacuation ? (["pushed", "displayed", "moving", "safe", "need_help"] as const) : (["pushed", "displayed", "acknowledged"] as const)).map((column) => (
          <div key={column} class={column}><dt>{say(column)}</dt><dd data-testid={column}>{number(sums[column])}</dd></div>
        ))}
        {evacuation && <div class="accounted_for"><dt>{say("accountedFor")}</dt><dd data-testid="accounted_for">{number(sums.accounted_for)}</dd></div>}
      </dl>
    </section>
  );
}

/** Evacuations that ran out while people are missing: above everything else, until each is accounted for. */
export function UnfinishedEvacuations() {
  return <>{unfinished.value.map((row) => <section key={row.id} class="card unfinished" data-testid="unfinished"><h3>{headlineOf(row)}</h3><Ending row={row} /></section>)}</>;
}

/** The broadcasts that run beside the gravest one, so that none is forgotten. */
export function OtherBroadcasts() {
  const others = running.value.slice(1);
  if (others.length === 0) return null;
  return (
    <section class="card others" data-testid="others">
      <h3>{say("alsoRunning", { n: others.length })}</h3>
      <ul>{others.slice(0, OTHERS).map((row) => (
        <li key={row.id} class={`level-${colourOf(row)}`}>
          <b class="level">{say(row.level)}</b><span><i>{headlineOf(row)}</i><small>{placesOf(row)}</small></span>
          {unconfirmed(row) ? <b><small>{say("orderWaitsAll")}</small></b> : <b>{number(missingOf(row))} <small>{say(isEvacuation(row) ? "unaccounted" : "unseen")}</small></b>}
        </li>
      ))}</ul>
    </section>
  );
}

/** Township and villages, those with the most groups inside first. */
function placesOf(broadcast: Broadcast): string {
  const inside = villages.value
    .map((village) => ({ village, groups: broadcast.ranges.reduce((sum, [a = 0, b = 0]) => sum + Math.max(0, Math.min(b, village.end) - Math.max(a, village.start)), 0) }))
    .filter((row) => row.groups > 0)
    .sort((a, b) => b.groups - a.groups);
  const first = inside[0] ? placeOf(inside[0].village.start) : null;
  return first ? say("groupsTouched", { where: `${first.township}${first.village}`, v: inside.length, g: groupsOf(broadcast) }) : "";
}

function Stack({ parts, whole }: { parts: [string, number][]; whole: number }) {
  return (
    <div class="stack" aria-hidden="true">
      {parts.map(([name, n]) => <i key={name} class={name} ref={(bar) => void (bar && (bar.style.width = `${whole ? (100 * n) / whole : 0}%`))} />)}
    </div>
  );
}
