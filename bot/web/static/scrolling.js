// @ts-check
// Staying at the newest bubble without tearing a reader away from an older one.

import { byId } from "./elements.js";
import { say } from "./settings.js";
import { log } from "./timeline.js";

/** Pixels from the end that still count as the end. */
const NEAR_END = 60;
/** Pixels from the end from which on the button to the newest is offered. */
const FAR_FROM_END = 160;
const NEAR_TOP = 200;

const scroller = byId("scroller"), toLatest = byId("latest");

/** The reader is at the newest. */
let isFollowing = true;
/**
 * The first bubble of an answer: one that is longer than the screen is read from its top.
 * @type {HTMLElement | null}
 */
let readFrom = null;
/** Something was pressed: the reader wants to be taken to what it brings. */
let awaitsAnswer = false;
let unread = 0;

const endOfScroll = () => scroller.scrollHeight - scroller.clientHeight;
const isAtEnd = () => endOfScroll() - scroller.scrollTop < NEAR_END;
/** Pixels below the top of what one sees. @param {HTMLElement} el */
const topOf = (el) => el.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

function newestTop() {
  const end = endOfScroll();
  if (!readFrom?.isConnected) return end;
  return Math.max(0, Math.min(end, topOf(readFrom) + scroller.scrollTop - 12));
}

/** Keep a reader who follows at the newest, after anything has changed its size. */
export function stick() {
  if (isFollowing) scroller.scrollTop = newestTop();
  showLatest();
}

/** Go to the very end: the reader has sent something. */
export function goToEnd() {
  isFollowing = true;
  readFrom = null;
  stick();
}

/**
 * Go to the last answer, which is read from its top.
 * @param {HTMLElement | null} el
 */
export function goToAnswer(el) {
  readFrom = el;
  isFollowing = true;
  stick();
}

/** Follow the answer to a press, wherever the reader is by then. */
export function awaitAnswer() {
  awaitsAnswer = true;
}

/**
 * A bubble came over the stream.
 * @param {HTMLElement | null} el the bubble, when it is a new one
 * @param {boolean} answersPress
 */
export function answerCame(el, answersPress) {
  if (el && awaitsAnswer) {
    isFollowing = true;
    readFrom = null;
  }
  if (el || answersPress) awaitsAnswer = false;
}

/**
 * Show a new bubble of the bot's to a reader who follows, else count it.
 * @param {HTMLElement} el
 */
export function showAnswer(el) {
  if (isFollowing) {
    readFrom ??= el;
    stick();
  } else {
    unread += 1;
    showLatest();
  }
}

/**
 * Call this whenever the reader comes near the top.
 * @param {() => void} callback
 */
export function whenNearTop(callback) {
  scroller.addEventListener("scroll", () => { if (scroller.scrollTop < NEAR_TOP) callback(); }, { passive: true });
}

/** Whether what is shown hardly fills the screen. */
export const isShort = () => scroller.scrollHeight <= scroller.clientHeight + NEAR_TOP;

/**
 * Change what is above the reader without moving what they see.
 * @param {() => void} change
 */
export function keepingPlace(change) {
  const first = log.querySelector(".line"), before = first?.getBoundingClientRect().top ?? 0;
  scroller.classList.add("steady");
  change();
  if (first) scroller.scrollTop += first.getBoundingClientRect().top - before;
  setTimeout(() => scroller.classList.remove("steady"), 200);
}

function showLatest() {
  const left = endOfScroll() - scroller.scrollTop;
  if (left < NEAR_END) {
    unread = 0;
    if (readFrom && topOf(readFrom) < 0) readFrom = null;  // read past it
  }
  toLatest.hidden = left < FAR_FROM_END && !unread;
  byId("unread").textContent = unread ? String(unread) : "";
  toLatest.setAttribute("aria-label", unread ? say("unread", { n: unread }) : toLatest.title);
}

scroller.addEventListener("scroll", () => {
  isFollowing = Math.abs(scroller.scrollTop - newestTop()) < NEAR_END || isAtEnd();
  showLatest();
}, { passive: true });
toLatest.addEventListener("click", () => {
  isFollowing = true;
  readFrom = null;
  unread = 0;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  scroller.scrollTo({ top: scroller.scrollHeight, behavior });
});
if (window.ResizeObserver) {
  const watcher = new ResizeObserver(stick);
  for (const el of [scroller, log, byId("typing")]) watcher.observe(el);
}
