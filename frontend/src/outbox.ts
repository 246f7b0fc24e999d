// What somebody did where there is no signal: kept on this device, and sent by itself, in its order, when there is signal.
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { isOver, Refusal } from "./api";
import { keepLocally, keptLocally, whenKeptElsewhere } from "./kept";
import { session } from "./realtime/store";

const TRY_EVERY = 1500; // milliseconds

export interface Kept {
  /** Who did it: on a shared tablet it is never sent in another's name. */
  by: string;
  /** The Idempotency-Key: where an answer was lost the same is sent once more, and does nothing twice. */
  key: string;
}

interface Ways<Entry, Answer> {
  post: (one: Entry) => Promise<Answer>;
  /** What is not sent yet, or never. */
  waits: (one: Entry) => boolean;
  taken: (one: Entry, answer: Answer) => void;
  /** What the server has refused for good is let go and then told here; given by `stays`, it is kept as that. */
  refused?: (one: Entry, refusal: Refusal) => void;
  stays?: (one: Entry, refusal: Refusal) => Entry;
}

export interface Outbox<Entry> {
  all: Signal<Entry[]>;
  /** Those of who is signed in. */
  mine: ReadonlySignal<Entry[]>;
  /** How many another officer left here: they go out when that officer signs in at this tablet again. */
  others: ReadonlySignal<number>;
  /** Whether they are kept on this page alone: the tablet is full, or a private window. */
  onPageAlone: Signal<boolean>;
  keep: (rows: Entry[]) => void;
  send: () => Promise<void>;
  start: () => void;
}

export function outbox<Entry extends Kept, Answer>(name: string, { post, waits, taken, refused, stays }: Ways<Entry, Answer>): Outbox<Entry> {
  const all = signal<Entry[]>(keptLocally(name, []));
  whenKeptElsewhere(name, () => (all.value = keptLocally(name, []))); // another tab did something, or sent
  const mine = computed(() => all.value.filter((one) => one.by === session.value?.user.id));
  const others = computed(() => (session.value ? all.value.length - mine.value.length : 0)); // of nobody in particular: who it is comes yet
  const onPageAlone = signal(false);
  const keep = (rows: Entry[]): void => {
    all.value = rows;
    onPageAlone.value = !keepLocally(name, rows);
  };
  const put = (one: Entry, instead: Entry | null): void => keep(all.value.flatMap((other) => (other.key !== one.key ? [other] : instead ? [instead] : [])));

  let sending = false;
  async function send(): Promise<void> {
    if (sending || !session.value?.csrf) return; // opened without a signal: who it is, is only remembered
    sending = true;
    for (const one of mine.value.filter((other) => !waits(other))) {
      try {
        const answer = await post(one);
        batch(() => {
          taken(one, answer);
          put(one, null);
        });
      } catch (error) {
        if (error instanceof Refusal && error.status === 500) continue; // what the server stumbles over holds up nothing behind it
        if (!isOver(error)) break; // again later
        const came = error.code === "idempotency.other_body"; // the answer was lost, and one's grids have changed since
        put(one, came ? null : (stays?.(one, error) ?? null));
        if (!came) refused?.(one, error);
      }
    }
    sending = false;
  }
  return { all, mine, others, onPageAlone, keep, send, start: () => void setInterval(() => void send(), TRY_EVERY) };
}
