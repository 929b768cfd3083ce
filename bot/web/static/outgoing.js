// @ts-check
// The page's one outbox, and which presses in it are unanswered.

/** @import { Item, NewItem } from "./outbox.js" */

import { leave } from "./leaving.js";
import { outbox } from "./outbox.js";
import { headers } from "./settings.js";
import * as shelf from "./shelf.js";
import { transcript } from "./transcript.js";

/** @type {(item: Item) => void} */
let onChange = () => {};
/** By the keys of the presses. @type {Map<string, { line: number, action: string }>} */
const presses = new Map();

export const queue = outbox({ shelf, headers, changed: (item) => onChange(item), signedOut: leave });

/**
 * Call this whenever an item of the outbox changes.
 * @param {(item: Item) => void} callback
 */
export function whenChanged(callback) {
  onChange = callback;
}

/** A name that no other message has. */
export function newKey() {
  // Only pages over HTTPS have randomUUID.
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Send something.
 * @param {Omit<NewItem, "key" | "at"> & { key?: string }} item
 */
export function push(item) {
  queue.add({ key: newKey(), at: new Date().toISOString(), ...item });
}

/** @param {string} key @param {number} line @param {string} action */
export function rememberPress(key, line, action) {
  presses.set(key, { line, action });
}

/** @param {number} line @param {string} action */
export function isPressed(line, action) {
  return [...presses.values()].some((press) => press.line === line && press.action === action);
}

/** @param {string} key */
export const awaitsAnswerTo = (key) => presses.has(key);

/**
 * The press with this key was answered.
 * @param {string} key
 */
export function forgetPress(key) {
  presses.delete(key);
}

/**
 * Let the buttons of an unanswered press be pressed again.
 * @param {string} key
 */
export function releasePress(key) {
  const press = presses.get(key);
  if (!press) return;
  presses.delete(key);
  const buttons = transcript.shown.get(press.line)?.el.querySelectorAll(".choice.pressed") ?? [];
  for (const el of buttons) el.classList.remove("pressed");
}
