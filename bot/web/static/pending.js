// @ts-check
// The bubbles of what the server's transcript does not have yet: on its way, waiting for the network, or refused.

/** @import { Item } from "./outbox.js" */
/** @import { Action } from "./bubbles.js" */

import { dropPreview, keepPreview } from "./album.js";
import { fileCard, words } from "./bubbles.js";
import { box, editAgain } from "./composer.js";
import { mayDraw } from "./curtain.js";
import { button, icon, make } from "./elements.js";
import { announce, answering } from "./notices.js";
import { newKey, push, queue, releasePress, rememberPress, whenChanged } from "./outgoing.js";
import { awaitAnswer, goToEnd, stick } from "./scrolling.js";
import { say } from "./settings.js";
import { arrange, insert, rankOf, remove } from "./timeline.js";
import { transcript } from "./transcript.js";
import { fromText } from "./words.js";

/** A press that is answered sooner gets no bubble. */
const PATIENCE_MS = 1500;
/** A press that changes its own bubble brings no bubble that would replace ours. */
const PRESS_ENDS_MS = 6000;
/** HTTP: what was sent is too long. */
const TOO_LARGE = 413;

/**
 * @typedef {object} Upload
 * @property {HTMLProgressElement} bar
 * @property {HTMLButtonElement} stop
 *
 * @typedef {object} Pending
 * @property {HTMLElement} el
 * @property {HTMLElement} state
 * @property {Upload | null} upload
 * @property {HTMLElement | null} fate why it was refused, and what can be done about it
 */

/** By the items' keys. @type {Map<string, Pending>} */
const bubbles = new Map();

/**
 * Press a button under a bubble.
 * @param {number} line
 * @param {Action} choice
 * @param {HTMLElement} el
 */
export function press(line, choice, el) {
  if (el.classList.contains("pressed")) return;
  el.classList.add("pressed");
  const key = newKey();
  rememberPress(key, line, choice.action);
  awaitAnswer();
  push({ key, action: choice.action, line, label: choice.label });
  setTimeout(() => {
    const item = queue.items.find((one) => one.key === key);
    if (!item) return;
    draw(item);
    goToEnd();
  }, PATIENCE_MS);
}

/** Show what an earlier visit left unsent. Presses are shown only when they failed. */
export function drawUnsent() {
  for (const item of queue.items) if (item.action == null || item.state === "failed") draw(item);
}

/**
 * Hand over the bubble of what has arrived. The caller shows it as the server's, or removes it.
 * @param {string} key
 */
export function release(key) {
  const pending = bubbles.get(key);
  bubbles.delete(key);
  return pending?.el ?? null;
}

/** @param {string} key */
function erase(key) {
  const el = release(key);
  if (el) remove(el);
}

/** @param {Item} item */
function changed(item) {
  if (!mayDraw()) return;
  const isPress = item.action != null;
  if (item.state === "sent") {
    if (transcript.isReady) answering(true);
    if (isPress) {
      setTimeout(() => {
        releasePress(item.key);
        erase(item.key);
      }, PRESS_ENDS_MS);
    }
  }
  if (item.state === "failed") {
    releasePress(item.key);
    if (item.status === TOO_LARGE && item.text != null && !isPress) {
      backToEditing(item, item.text, item.error || say("refused"));
      return;
    }
    announce(item.error || say("refused"));
  }
  if (bubbles.has(item.key) || !isPress || item.state === "failed" || item.waited) draw(item);
}
whenChanged(changed);

/** @param {Item} item @param {string} text @param {string} [reason] */
function backToEditing(item, text, reason = "") {
  cancel(item);
  editAgain(text, reason);
}

/** @param {Item} item */
function cancel(item) {
  queue.cancel(item);
  erase(item.key);
}

/** @param {Item} item */
function draw(item) {
  let pending = bubbles.get(item.key);
  const isNew = !pending;
  if (!pending) {
    pending = bubbleOf(item);
    bubbles.set(item.key, pending);
  }
  const { el, state, upload } = pending;
  const isFailed = item.state === "failed";
  el.classList.toggle("failed", isFailed);
  const stateNow = stateWords(item);
  if (state.textContent !== stateNow) state.textContent = stateNow;
  if (upload) {
    upload.bar.hidden = upload.stop.hidden = item.state === "sent" || isFailed;
    upload.bar.value = item.state === "sending" ? item.share ?? 0 : 0;
  }
  pending.fate?.remove();
  pending.fate = isFailed ? fateOf(item) : null;
  if (pending.fate) el.append(pending.fate);
  // What was refused stays where it was said; what is on its way comes last.
  const rank = isFailed && transcript.isReady ? Math.max(0, ...transcript.shown.keys()) + 0.5 : Infinity;
  if (isNew || rankOf(el) !== rank) {
    insert(el, rank);
    arrange(el);
  }
  if (isNew) stick();
}

/** @param {Item} item */
function stateWords(item) {
  if (item.state === "sending" && item.share) return say("uploading", { percent: Math.floor(100 * item.share) });
  if (item.state === "sent") return say("sent");
  if (item.state === "failed") return say("not_sent");
  return say(item.waited ? "waiting" : "sending");
}

/** @param {Item} item @returns {Pending} */
function bubbleOf(item) {
  const el = make("div", "line in mine"), bubble = make("div", "bubble", make("span", "unseen", say("you")));
  el.dataset.key = item.key;
  el.dataset.at = item.at;
  let upload = null;
  if (item.file) upload = addFile(item, item.file, el, bubble);
  else bubble.append(words(fromText(item.label ?? item.text ?? ""), "in"));
  const state = make("span", "state");
  bubble.append(make("div", "meta", state));
  el.append(bubble);
  return { el, state, upload, fate: null };
}

/** @param {Item} item */
function fateOf(item) {
  const { text } = item;
  const fate = make("div", "fate", make("span", "why", item.error || say("refused")));
  fate.append(button("again", say("retry"), () => {
    queue.retry(item);
    goToEnd();
  }));
  if (text != null && item.action == null) fate.append(button("again", say("edit"), () => backToEditing(item, text)));
  fate.append(button("again", say("drop"), () => {
    cancel(item);
    box.focus();
  }));
  return fate;
}

/**
 * @param {Item} item
 * @param {File} file
 * @param {HTMLElement} el
 * @param {HTMLElement} bubble
 * @returns {Upload}
 */
function addFile(item, file, el, bubble) {
  if (file.type.startsWith("image/")) {
    el.classList.add("photo");
    const img = make("img", "preview");
    img.alt = file.name;
    img.src = keepPreview(item.key, file);
    // Not every browser can show what every camera writes.
    img.addEventListener("error", () => {
      dropPreview(item.key);
      el.classList.remove("photo");
      img.replaceWith(fileCard(file.name, file.size));
      arrange(el);
    });
    bubble.append(img);
  } else {
    bubble.append(fileCard(file.name, file.size));
  }
  const bar = make("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", file.name);
  const stop = button("stop", "", () => cancel(item));
  stop.append(icon("close"));
  stop.setAttribute("aria-label", say("cancel", { name: file.name }));
  bubble.append(stop, bar);
  return { bar, stop };
}
