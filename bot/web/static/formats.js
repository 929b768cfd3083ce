// @ts-check
// Times and sizes in words. Times are the factory's, wherever the phone is.

import { say, settings } from "./settings.js";

const DAY_MS = 86_400_000;
const timeZone = "Asia/Ho_Chi_Minh";

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(settings.language, { timeZone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayAndName = format({ weekday: "long", day: "numeric", month: "numeric" });
const dayAndYear = format({ day: "numeric", month: "numeric", year: "numeric" });
const isoDay = new Intl.DateTimeFormat("en-CA", { timeZone });

/**
 * "09:05"
 * @param {Date} at
 */
export const timeWords = (at) => clock.format(at);

/**
 * The calendar day as "2022-10-03", for comparing.
 * @param {Date | number} at
 */
export const calendarDay = (at) => isoDay.format(at);

/**
 * "Today", "Yesterday", or the date, with its year where that is another one.
 * @param {Date} at
 */
export function dayWords(at) {
  const day = calendarDay(at), now = Date.now(), today = calendarDay(now);
  if (day === today) return say("today");
  if (day === calendarDay(now - DAY_MS)) return say("yesterday");
  return (day.slice(0, 4) === today.slice(0, 4) ? dayAndName : dayAndYear).format(at);
}

/**
 * "340 kB", "1,5 MB"
 * @param {number} bytes
 */
export function sizeWords(bytes) {
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${amount.toLocaleString(settings.language, { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}
