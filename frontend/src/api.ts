// The only place that speaks HTTP. Unsafe calls carry the CSRF token and an Idempotency-Key, so a retry is harmless.
import createClient, { type Middleware } from "openapi-fetch";
import { language, say } from "./words";
import type { paths } from "./wire.gen";

let token = "";
export function keepToken(csrf: string): void {
  token = csrf;
}

const GIVEN_UP_AFTER = 60_000;
const UNATTENDED_AFTER = 60_000;
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) globalThis.addEventListener?.(kind, () => (touched = Date.now()), { passive: true, capture: true });

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", language.value === "en" ? "en" : "zh-CN");
    if (Date.now() - touched > UNATTENDED_AFTER) request.headers.set("X-Unattended", "1"); // a page that polls keeps no session alive
    if (request.method !== "GET") request.headers.set("X-CSRFToken", token);
    const giveUp = new AbortController(); // a dead link says nothing, and what is kept waits behind it; phones before 2022 have no AbortSignal.timeout
    setTimeout(() => giveUp.abort(), GIVEN_UP_AFTER);
    return new Request(request, { signal: giveUp.signal });
  },
};
export const api = createClient<paths>({ baseUrl: location.origin });
api.use(headers);

/** A refusal, with the server's sentence in the reader's language. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  /** Where the fault lies: a field, a row, a vertex. */
  readonly where: Record<string, unknown>;
  constructor(status: number, code: string, message: string, where: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.where = where;
  }
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Give an answer's data, or throw its refusal. */
export async function take<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  const said = (typeof error === "object" && error ? error : {}) as { code?: string; message?: string; where?: Record<string, unknown> };
  throw new Refusal(response.status, said.code ?? "server.error", said.message || say("noAnswer"), said.where);
}

/** Refusals that say nothing of what was sent: it is sent again once one is properly signed in, or more slowly. */
const LATER = ["session.needed", "session.csrf"];
const TOO_SLOW = [408, 425, 429];
/** Whether the server has refused for good; everything else is to be sent again. */
export const isOver = (error: unknown): error is Refusal => error instanceof Refusal && error.status < 500 && !TOO_SLOW.includes(error.status) && !LATER.includes(error.code);

/** A key for one press of one button; the same press retried keeps it. Phones older than 2022 have no randomUUID. */
export const key = (): { "Idempotency-Key": string } => ({ "Idempotency-Key": crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("") });
