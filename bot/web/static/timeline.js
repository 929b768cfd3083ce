// @ts-check
// The order of bubbles in the log, with the days between them.

import { byId, make } from "./elements.js";
import { calendarDay, dayWords } from "./formats.js";

export const log = byId("log");

/**
 * Positions: the server's ids; a bubble that is still on its way has Infinity and comes last.
 * @type {WeakMap<Element, number>}
 */
const ranks = new WeakMap();

/** @param {HTMLElement} el */
export const rankOf = (el) => ranks.get(el) ?? Infinity;

/**
 * Put a bubble in its place, or move it there.
 * @param {HTMLElement} el
 * @param {number} rank
 */
export function insert(el, rank) {
  ranks.set(el, rank);
  let after = lineAtOrBefore(log.lastElementChild, el);
  while (after && rankOf(after) > rank) after = lineAtOrBefore(after.previousElementSibling, el);
  const next = lineAtOrAfter(after ? after.nextElementSibling : log.firstElementChild, el);
  const isInLog = el.parentNode === log;
  if (isInLog && lineAtOrBefore(el.previousElementSibling, el) === after) return;
  const leftBehind = isInLog ? lineAtOrAfter(el.nextElementSibling, el) : null;
  dayAbove(el)?.remove();
  log.insertBefore(el, next ? dayAbove(next) ?? next : null);
  if (leftBehind) arrange(leftBehind);
}

/**
 * Change the rank of a bubble that stays where it is.
 * @param {HTMLElement} el
 * @param {number} rank
 */
export function setRank(el, rank) {
  ranks.set(el, rank);
}

/** @param {HTMLElement} el */
export function remove(el) {
  const next = lineAtOrAfter(el.nextElementSibling, el);
  dayAbove(el)?.remove();
  el.remove();
  if (next) arrange(next);
}

/**
 * Set what depends on a bubble's neighbours, for it and for them: the day above it, whether photos that were sent
 * together stand together, whether a side goes on writing, and which buttons are the current ones.
 * @param {HTMLElement} el
 */
export function arrange(el) {
  const before = lineAtOrBefore(el.previousElementSibling), after = lineAtOrAfter(el.nextElementSibling);
  for (const line of [before, el, after]) if (line) arrangeOne(line);
  const current = [...log.querySelectorAll(".line.out")].reverse().find((line) => line.querySelector(":scope > .rows"));
  const old = log.querySelector(".current");
  if (old !== current) {
    old?.classList.remove("current");
    current?.classList.add("current");
  }
}

/** @param {HTMLElement} line */
function arrangeOne(line) {
  const previous = lineAtOrBefore(line.previousElementSibling), next = lineAtOrAfter(line.nextElementSibling);
  const at = sentAt(line);
  const isFirstOfDay = !previous || calendarDay(sentAt(previous)) !== calendarDay(at);
  if (isFirstOfDay && !dayAbove(line)) log.insertBefore(make("div", "day", make("span", "", dayWords(at))), line);
  if (!isFirstOfDay) dayAbove(line)?.remove();
  const joinsPrevious = has(previous, "photo") && !dayAbove(line);
  const joinsNext = has(next, "photo") && !(next && dayAbove(next));
  line.classList.toggle("thumb", has(line, "photo") && (joinsPrevious || joinsNext));
  line.classList.toggle("goes-on", Boolean(previous) && !isFirstOfDay && has(previous, "in") === has(line, "in"));
}

/** @param {HTMLElement} line */
const sentAt = (line) => new Date(line.dataset.at ?? "");

/** @param {Element | null} el @param {string} className */
const has = (el, className) => el !== null && el.classList.contains(className);

/** @param {HTMLElement} el */
function dayAbove(el) {
  const before = el.previousElementSibling;
  return has(before, "day") ? before : null;
}

/** @param {Element | null} el @param {Element} [except] */
function lineAtOrBefore(el, except) {
  while (el && (el === except || !has(el, "line"))) el = el.previousElementSibling;
  return /** @type {HTMLElement | null} */ (el);
}

/** @param {Element | null} el @param {Element} [except] */
function lineAtOrAfter(el, except) {
  while (el && (el === except || !has(el, "line"))) el = el.nextElementSibling;
  return /** @type {HTMLElement | null} */ (el);
}
