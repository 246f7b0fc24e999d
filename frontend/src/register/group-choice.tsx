// Choosing a group of one's own grids: first the village, then the group.
import { signal } from "@preact/signals";
import { type Area, groups, villages } from "../grids/store";
import { session, state } from "../realtime/store";
import { say } from "../words";

/** The groups of one's grids: those whose coverage one may hear of. */
export function groupsOf(): Area[] {
  const mine = session.value?.user.grids ?? [];
  const heard = state.value.coverage;
  return groups.value.filter((group) => group.no in heard || mine.some((code) => group.code.startsWith(code)));
}

const chosen = signal("");

export function GroupChoice({ at, changed }: { at: number; changed?: () => void }) {
  const mine = groupsOf();
  const codes = new Set(mine.map((group) => group.code.slice(0, 12)));
  const here = mine.find((group) => group.no === at) ?? mine[0];
  const village = codes.has(chosen.value) ? chosen.value : here?.code.slice(0, 12) ?? "";
  return (
    <div class="two">
      <label class="field"><span>{say("village")}</span><select value={village} onChange={(event) => { chosen.value = event.currentTarget.value; changed?.(); }}>{villages.value.filter((row) => codes.has(row.code)).map((row) => <option key={row.code} value={row.code}>{row.name}</option>)}</select></label>
      <label class="field"><span>{say("group")}</span><select name="group" key={village} onChange={() => changed?.()}>{mine.filter((row) => row.code.startsWith(village)).map((row) => <option key={row.code} value={row.code} selected={row.no === at}>{row.name}</option>)}</select></label>
    </div>
  );
}
