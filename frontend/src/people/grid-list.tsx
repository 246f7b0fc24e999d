// My grids: how many are reached in each village, and the groups that nobody answers for.
import { placeOf, villages } from "../grids/store";
import { ByTag } from "../tags/by-tag";
import { number, say } from "../words";
import { session, state } from "../realtime/store";
import { codeTrouble, showCode } from "./code";
import { HungCodes } from "./hung-codes";
import { percent, percentHere, within } from "./coverage";

/** The village, or of a village that is not whole one's own, the first group that is. */
function held(village: string): string {
  const mine = session.value?.user.grids ?? [];
  return mine.some((code) => village.startsWith(code)) ? village : (mine.find((code) => code.startsWith(village)) ?? village);
}

export function GridList() {
  const numbers = Object.keys(state.value.coverage).map(Number);
  const mine = villages.value.filter((village) => numbers.some((no) => village.start <= no && no < village.end));
  return (
    <>
      <h2>{say("tabletGrids")}</h2>
      <ByTag />
      {codeTrouble.value && <p class="refused" role="alert">{codeTrouble.value}</p>}
      <ul class="rows">{mine.map((village) => {
        const reach = within(village.start, village.end);
        const nobody = state.value.uncovered.filter((no) => village.start <= no && no < village.end).map((no) => placeOf(no).group);
        return (
          <li key={village.no}>
            <b>{village.name}</b><b>{percent(reach.connected, reach.registered)}%</b>
            <small>{say("registered")} {number(reach.registered)} · {say("awayHere")} {number(reach.away)}</small><small>{say("rateWithoutAway", { p: percentHere(reach.connected, reach.registered - reach.away) })}</small>
            <span class="codes"><button type="button" class="secondary" onClick={() => void showCode({ kind: "officer", grid: held(village.code) })}>{say("codeMine")}</button><button type="button" class="secondary" onClick={() => void showCode({ kind: "grid", grid: held(village.code) })}>{say("codePoster")}</button></span>
            {nobody.length > 0 && <span class="nobody">{say("nobodyLegend")}：{nobody.join("、")}</span>}
          </li>
        );
      })}</ul>
      <HungCodes />
    </>
  );
}
