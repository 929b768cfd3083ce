// @ts-check
// The page's end: somebody signs out, here or elsewhere.

import * as shelf from "./shelf.js";

/**
 * A kiosk's turn: it decides how its person goes.
 * @typedef {object} Turn
 * @property {() => void} end end it, after what is still unsent
 * @property {() => void} leave it has ended already
 */

/** @type {Turn | null} */
let kioskTurn = null;
let stopStream = () => {};

/** @param {Turn} turn */
export function letTurnDecide(turn) {
  kioskTurn = turn;
}

/** @param {() => void} stop */
export function stopWhenLeaving(stop) {
  stopStream = stop;
}

/** Go to the start page; this browser is signed out. */
export function leave() {
  if (kioskTurn) {
    kioskTurn.leave();
    return;
  }
  stopStream();
  location.replace("/");
}

/** The server has ended this browser's session. */
export function signedOut() {
  // A kiosk's browser sends first what it still holds.
  if (kioskTurn) {
    kioskTurn.end();
    return;
  }
  shelf.clear();
  leave();
}
