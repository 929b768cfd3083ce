// @ts-check
// Puts the server's bubbles into the log: new ones, changed ones, and the ones of what was sent from here.

/** @import { Line } from "../shapes.d.ts" */
/** @import { Taps } from "./bubbles.js" */

import * as bubbles from "./bubbles.js";
import { box, sendText } from "./composer.js";
import { make } from "./elements.js";
import { forgetPress, isPressed, queue } from "./outgoing.js";
import { press, release } from "./pending.js";
import { arrange, insert, remove, setRank } from "./timeline.js";
import { transcript } from "./transcript.js";

/** @type {Taps} */
const taps = { press, isPressed, command: sendText };

/**
 * Show a bubble in its newest state.
 * @param {Line} line
 * @param {boolean} [isHistory] it was asked for, and is older than what is shown
 * @returns its element, when it is a new bubble
 */
export function place(line, isHistory = false) {
  const known = transcript.shown.get(line.id);
  if (known && known.rev >= line.rev) return null;
  let el = known?.el;
  if (line.key) {
    const ours = release(line.key);
    if (ours && line.side === "in" && !known) el = ours;
    else if (ours) remove(ours);
    forgetPress(line.key);
    queue.arrived(line.key);
  }
  // An older bubble that changed, above what is loaded: the history brings it when it is asked for.
  if (!known && !isHistory && transcript.hasOlder && line.id < transcript.oldestId) return null;
  el ??= make("div");
  const focused = controlsOf(el).findIndex((control) => control === document.activeElement);
  el.className = `line ${line.side}`;
  el.dataset.id = String(line.id);
  delete el.dataset.key;
  el.dataset.at = line.at;
  bubbles.draw(el, line, taps);
  transcript.shown.set(line.id, { el, rev: line.rev });
  if (known) {
    setRank(el, line.id);
  } else {
    insert(el, line.id);
    transcript.oldestId = Math.min(transcript.oldestId, line.id);
  }
  arrange(el);
  if (focused >= 0) (controlsOf(el)[focused] ?? box).focus({ preventScroll: true });
  return known ? null : el;
}

/** @param {HTMLElement} el @returns {HTMLElement[]} */
const controlsOf = (el) => [...el.querySelectorAll(/** @type {"button"} */ ("button, a"))];
