// Server time decides (P17): what is shown counts from the server's clock, whatever the device's says.
import { signal } from "@preact/signals";

let ahead = 0; // server minus device, in milliseconds
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now() + ahead), 500);

export function setServerTime(text: string): void {
  ahead = Date.parse(text) - Date.now();
  now.value = Date.now() + ahead;
}

const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const secondsFormat = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayFormats = {
  zh: new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" }),
  en: new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "long" }),
};
const shortDay = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "numeric", day: "numeric" });

export const clock = (at: string | number): string => clockFormat.format(new Date(at));
export const clockWithSeconds = (at: number): string => secondsFormat.format(new Date(at));
export const day = (at: number, language: "zh" | "en"): string => dayFormats[language].format(new Date(at));

/** The clock, with 今天 or the date before it. */
export function when(at: string, language: "zh" | "en"): string {
  const same = shortDay.format(new Date(at)) === shortDay.format(new Date(now.value));
  return `${same ? (language === "en" ? "today" : "今天") : shortDay.format(new Date(at))} ${clock(at)}`;
}

/** The day alone, as short as it gets. */
export const dayOf = (at: string): string => shortDay.format(new Date(at));

/** How long since, in words: 3 秒前. */
export function ago(at: string, from: number, language: "zh" | "en"): string {
  const seconds = Math.max(0, Math.floor((from - Date.parse(at)) / 1000));
  const [n, zh, en] = seconds < 60 ? [seconds, "秒", "s"] : seconds < 3600 ? [Math.floor(seconds / 60), "分钟", "min"] : [Math.floor(seconds / 3600), "小时", "h"];
  return language === "en" ? `${n} ${en} ago` : `${n} ${zh}前`;
}

/** How long since, as people say it on a wall: 2′35″, 41′, 5 h. */
export function age(at: string, from: number): string {
  const seconds = Math.max(0, Math.floor((from - Date.parse(at)) / 1000));
  if (seconds < 600) return `${Math.floor(seconds / 60)}′${String(seconds % 60).padStart(2, "0")}″`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)}′`;
  return `${Math.floor(seconds / 3600)}h`;
}

/** What is left, as 5:41:10. */
export function left(until: string, from: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - from) / 1000));
  const pad = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
}
