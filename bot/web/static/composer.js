// @ts-check
// The text box: what is typed, its draft, and sending it.

import { hasLeft } from "./curtain.js";
import { byId } from "./elements.js";
import { note } from "./notices.js";
import { push } from "./outgoing.js";
import { goToEnd } from "./scrolling.js";
import * as shelf from "./shelf.js";

/** What `keyCode` is while the browser composes a letter from several keys, as Vietnamese needs. */
const COMPOSING = 229;

const form = byId("composer", HTMLFormElement);
const hasMouse = matchMedia("(hover: hover) and (pointer: fine)").matches;

export const box = byId("text", HTMLTextAreaElement);

/** Adapt to what stands in the box, and keep it as the draft. */
function typed() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
  form.classList.toggle("has-text", Boolean(box.value.trim()));
  shelf.put("draft", box.value);
}

/** Send what stands in the box. */
function submit() {
  const text = box.value.trim();
  note("");
  if (text) {
    box.value = "";
    typed();
    sendText(text);
  }
  box.focus();
}

/**
 * Give a text that was not accepted back for editing.
 * @param {string} text
 * @param {string} reason
 */
export function editAgain(text, reason) {
  box.value = box.value ? `${text}\n${box.value}` : text;
  typed();
  note(reason);
  box.focus();
}

/**
 * Send words that were chosen, not typed.
 * @param {string} text
 */
export function sendText(text) {
  push({ text });
  goToEnd();
}

/** Take the draft up again, and be ready to type. */
export function startTyping() {
  box.value = hasLeft ? "" : shelf.get("draft") ?? "";
  typed();
  // On a phone this would open the keyboard over half of the chat.
  if (hasMouse) box.focus();
}

box.addEventListener("input", () => {
  note("");
  typed();
});
box.addEventListener("keydown", (event) => {
  const isComposing = event.isComposing || event.keyCode === COMPOSING;
  if (event.key === "Enter" && !event.shiftKey && !isComposing && hasMouse) {
    event.preventDefault();
    submit();
  }
});
// The phone's keyboard stays open while one sends.
byId("send").addEventListener("pointerdown", (event) => event.preventDefault());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
