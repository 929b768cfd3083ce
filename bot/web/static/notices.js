// @ts-check
// What the page tells beside the bubbles: a note, the banner, the dots of an answer to come, the window's title.

import { byId } from "./elements.js";
import { stick } from "./scrolling.js";

/**
 * A line above the text box; "" takes it away.
 * @param {string} words
 */
export function note(words) {
  byId("note").textContent = words.trim();
  byId("note").hidden = !words.trim();
}

/**
 * Words for screen readers alone.
 * @param {string} words
 */
export function announce(words) {
  byId("announce").textContent = "";
  // Set at once, the same words as before would not be read again.
  setTimeout(() => { byId("announce").textContent = words; }, 50);
}

/**
 * A line above the chat; "" takes it away.
 * @param {string} words
 * @param {boolean} [isGood] good news are green
 */
export function banner(words, isGood = false) {
  byId("banner").textContent = words;
  byId("banner").hidden = !words;
  byId("banner").classList.toggle("good", isGood);
}

let dotsTimer = 0, dotsEnd = 0;

/**
 * Show that an answer is on its way, unless it comes within half a second, and for ten seconds at most.
 * @param {boolean} isComing
 */
export function answering(isComing) {
  clearTimeout(dotsTimer);
  clearTimeout(dotsEnd);
  if (!isComing) {
    byId("typing").hidden = true;
    return;
  }
  dotsTimer = setTimeout(() => { byId("typing").hidden = false; stick(); }, 500);
  dotsEnd = setTimeout(() => { byId("typing").hidden = true; }, 10_000);
}

const pageTitle = document.title;
let missed = 0;

/** Count an answer in the title while nobody looks at the window. */
export function countMissed() {
  if (!document.hidden) return;
  missed += 1;
  document.title = `(${missed}) ${pageTitle}`;
}

/** The title without any count. */
export function resetTitle() {
  missed = 0;
  document.title = pageTitle;
}
