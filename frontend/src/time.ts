// Server time decides (P17): what is shown counts from the server's clock, whatever the device's says.
import { signal } from "@preact/signals";
import { keepLocally, keptLocally } from "./kept";
import { language } from "./words";

const KEPT = "gridmap.clock";
let known = false;
let ahead = keptLocally(KEPT, 0); // server minus device, in milliseconds; as it was measured last, where there is no signal
export const now = signal(Date.now() + ahead);
setInterval(() => (now.value = Date.now() + ahead), 500);

const NOTICEABLE = 2_000; // milliseconds: an answer on a slow link is late, which looks like a clock ahead; it must not jitter with it

/** Measure the device's clock against the server's; said with every sign of life, for a device may set its own clock meanwhile. */
export function setServerTime(text: string): void {
  const measured = Date.parse(text) - Date.now();
  if (known && measured <= ahead && ahead - measured < NOTICEABLE) return; // the quickest answer knows best
  known = true;
  ahead = measured;
  now.value = Date.now() + ahead;
  keepLocally(KEPT, ahead);
}

const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const secondsFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayFormats = {
  zh: new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" }),
  en: new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" }),
};
const shortDays = {
  zh: new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric" }),
  en: new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, month: "short", day: "numeric" }),
};
const longDays = {
  zh: new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" }),
  en: new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "short", day: "numeric" }),
};
const yearFormat = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric" });
const DAY = 86_400_000;

/** A day of another year says which: what is kept for two years is not of this March. */
function shortDay(at: number, language: "zh" | "en"): string {
  const formats = yearFormat.format(at) === yearFormat.format(now.value) ? shortDays : longDays;
  return formats[language].format(at);
}

export const clock = (at: string | number): string => clockFormat.format(new Date(at));
export const clockWithSeconds = (at: number): string => secondsFormat.format(new Date(at));
export const day = (at: number, language: "zh" | "en"): string => dayFormats[language].format(new Date(at));

/** The clock, with 今天, 明天 or the date before it. */
export function when(at: string, language: "zh" | "en"): string {
  const day = (time: number): string => shortDay(time, language);
  const [today, tomorrow] = language === "en" ? ["today", "tomorrow"] : ["今天", "明天"];
  const said = day(Date.parse(at));
  return `${said === day(now.value) ? today : said === day(now.value + DAY) ? tomorrow : said} ${clock(at)}`;
}

/** The day alone, as short as it gets. */
export const dayOf = (at: string): string => shortDay(Date.parse(at), language.value);

/** How long since, in words: 3 秒前. */
export function ago(at: string, from: number, language: "zh" | "en"): string {
  const seconds = Math.max(0, Math.floor((from - Date.parse(at)) / 1000));
  const [n, zh, en] = seconds < 60 ? [seconds, "秒", "s"] : seconds < 3600 ? [Math.floor(seconds / 60), "分钟", "min"] : [Math.floor(seconds / 3600), "小时", "h"];
  return language === "en" ? `${n} ${en} ago` : `${n} ${zh}前`;
}

/** How long since, as it stands beside what happened: 2′35″, 41′, 5 小时. */
export function age(at: string, from: number): string {
  const seconds = Math.max(0, Math.floor((from - Date.parse(at)) / 1000));
  if (seconds < 600) return `${Math.floor(seconds / 60)}′${String(seconds % 60).padStart(2, "0")}″`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)}′`;
  return `${Math.floor(seconds / 3600)} ${language.value === "en" ? "h" : "小时"}`;
}

/** How long since, as a length of time in a sentence: 5 分钟, 2 小时. */
export function span(at: string, from: number): string {
  const minutes = Math.max(1, Math.floor((from - Date.parse(at)) / 60_000));
  const [n, zh, en] = minutes < 90 ? [minutes, "分钟", "min"] : [Math.floor(minutes / 60), "小时", "h"];
  return `${n} ${language.value === "en" ? en : zh}`;
}

/** What is left, as 5:41:10. */
export function left(until: string, from: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - from) / 1000));
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
}

/** Whether something begins noticeably later than it was said: what holds from now on needs no hour of its own. */
export const isLater = (begins: string, said: string): boolean => Date.parse(begins) > Date.parse(said) + 60_000;
