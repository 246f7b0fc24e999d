// Approving: more than ten minutes after signing in it wants the password once more.
import { effect, untracked } from "@preact/signals";
import { api, key, take } from "../api";
import { proofFor } from "../ui/proof";
import type { Broadcast } from "../wire";
import { chosen, OUT, refused, shown, unlessIt } from "./draft";

export const { proven, forget: forgetProof, rest, Prove } = proofFor(refused);
effect(() => {
  void chosen.value; // another broadcast on the screen: what was asked for the last one is not meant for it
  untracked(() => { forgetProof(); refused.value = ""; });
});

export const approve = (row: Broadcast): Promise<void> =>
  proven(() => shown(row.id, take(api.POST("/api/broadcasts/{id}/approve", { params: { path: { id: row.id } }, headers: key(), body: { content_hash: row.content_hash ?? "" } }))).catch(unlessIt("approved", ...OUT)));
