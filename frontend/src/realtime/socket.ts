// The only place that opens a WebSocket: it tries for ever, with full jitter, and says how fresh it is.
import { signal } from "@preact/signals";
import { now, setServerTime } from "../time";

const LONGEST_PAUSE = 20_000;
const PING_EVERY = 8_000;
const SILENT_AFTER = 20_000;
const WELCOMED_WITHIN = 30_000; // when everybody comes back at once, the server takes its time

export interface Told {
  type: string;
  [member: string]: unknown;
}

/** How a socket stands: connected or not, when it last heard anything, and why it will not come back. */
export const connected = signal(false);
export const heardAt = signal(0);
/** Whether the clock, which sends what is due, gave a sign of life. */
export const clockRuns = signal(true);
/** Whether what writes SMS gave one; warnings go out without it, and reach nobody who has no page open. */
export const smsRuns = signal(true);
/** Jobs of the clock that fail again and again, though it runs. */
export const failing = signal<readonly string[]>([]);
export const refusedBy = signal<number | null>(null);

/** How long to wait before one more try, in milliseconds: longer after each, and nobody as long as their neighbour (full jitter). */
export const jitter = (tries: number): number => Math.random() * Math.min(LONGEST_PAUSE, 500 * 2 ** tries);

export class Socket {
  private socket: WebSocket | null = null;
  private tries = 0;
  private heard = 0;
  private readonly path: string;
  private readonly since: () => number | null;
  private readonly told: (message: Told) => void;

  constructor(path: string, since: () => number | null, told: (message: Told) => void) {
    this.path = path;
    this.since = since;
    this.told = told;
    this.open();
    setInterval(() => this.watch(), PING_EVERY);
    addEventListener("online", () => this.renew());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.watch());
  }

  /** Say something; false when there is nobody to hear it. */
  say(message: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private open(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${this.path}`);
    this.socket = socket;
    this.heard = Date.now() + WELCOMED_WITHIN - SILENT_AFTER;
    socket.onopen = () => this.say({ type: "hello", since: this.since() });
    socket.onmessage = (message) => this.hear(JSON.parse(String(message.data)) as Told);
    socket.onclose = (closed) => this.lost(socket, closed.code);
  }

  private hear(message: Told): void {
    this.tries = 0;
    this.heard = Date.now();
    connected.value = true;
    refusedBy.value = null;
    if (typeof message["server_time"] === "string") setServerTime(message["server_time"]);
    if (typeof message["clock"] === "boolean") clockRuns.value = message["clock"];
    if (typeof message["sms"] === "boolean") smsRuns.value = message["sms"];
    if (Array.isArray(message["failing"])) failing.value = message["failing"].map(String);
    heardAt.value = now.value;
    this.told(message);
  }

  private lost(socket: WebSocket, code: number): void {
    if (this.socket !== socket) return;
    this.socket = null;
    connected.value = false;
    if (code === 4001 || code === 4003 || code === 4009) refusedBy.value = code;
    this.again(jitter(this.tries++));
  }

  private again(pause: number): void {
    if (this.socket?.readyState === WebSocket.OPEN || this.socket?.readyState === WebSocket.CONNECTING) return;
    setTimeout(() => this.socket ?? this.open(), pause);
  }

  /** With another network what still hangs in the old one is given up at once. */
  private renew(): void {
    if (this.socket?.readyState === WebSocket.CONNECTING) this.giveUp(this.socket);
    this.again(0);
  }

  private giveUp(dead: WebSocket): void {
    this.lost(dead, 1006);
    dead.close();
  }

  /** A cut link says nothing: after twenty silent seconds the socket is given up, whether it was open or still opening. */
  private watch(): void {
    if (this.socket && Date.now() - this.heard > SILENT_AFTER) return this.giveUp(this.socket);
    if (!this.say({ type: "ping" })) this.again(0);
  }
}
