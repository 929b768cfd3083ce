// @ts-check
// What stands in a bubble: pictures, documents, words, its time, and the buttons under it.

/** @import { Choice, Line } from "../shapes.d.ts" */

import { album } from "./album.js";
import { button, icon, make } from "./elements.js";
import { sizeWords, timeWords } from "./formats.js";
import { say } from "./settings.js";
import { fromMarkup } from "./words.js";

/** One's own text from this length on is folded. */
const LONG_TEXT = 900;

/** @typedef {Exclude<Choice, { url: string }>} Action a choice that is sent to the server */

/**
 * What bubbles do when they are tapped.
 * @typedef {object} Taps
 * @property {(line: number, choice: Action, el: HTMLElement) => void} press a button under a bubble
 * @property {(line: number, action: string) => boolean} isPressed whether a press is still unanswered
 * @property {(command: string) => void} command a command in the bot's words
 */

/**
 * Draw a bubble of the server's, or draw it anew.
 * @param {HTMLElement} el
 * @param {Line} line
 * @param {Taps} taps
 */
export function draw(el, line, taps) {
  const { side, pictures = [], documents = [], rows = [], text = "" } = line;
  const bubble = make("div", "bubble", make("span", "unseen", say(side === "in" ? "you" : "bot")));
  el.classList.toggle("photo", side === "in" && pictures.length === 1 && !text && !documents.length);
  if (pictures.length) bubble.append(album(line, pictures));
  for (const one of documents) bubble.append(fileCard(one.name, one.size, one.url));
  if (text) bubble.append(words(fromMarkup(text, side === "out" ? taps.command : null), side));
  const time = make("time", "", timeWords(new Date(line.at)));
  time.dateTime = line.at;
  const meta = make("div", "meta", time);
  if (side === "in") meta.append(icon("check"), make("span", "unseen", say("sent")));
  bubble.append(meta);
  el.replaceChildren(bubble);
  if (rows.length) el.append(buttonsOf(line.id, rows, taps));
}

/**
 * A bubble's words. One's own long story is folded, since one scrolls past it again and again; the bot's is not.
 * @param {Node} content
 * @param {Line["side"]} side
 */
export function words(content, side) {
  const text = make("div", "text", content);
  if (side === "out" || (text.textContent ?? "").length <= LONG_TEXT) return text;
  text.classList.add("cut");
  const unfold = button("all", say("show_all"), () => {
    text.classList.remove("cut");
    unfold.remove();
  });
  const both = document.createDocumentFragment();
  both.append(text, unfold);
  return both;
}

/**
 * A document's card.
 * @param {string} name
 * @param {number} size in bytes; 0 when it is unknown
 * @param {string} [url] "" where it must not be opened; none where it is not on the server yet
 */
export function fileCard(name, size, url) {
  const dot = name.lastIndexOf(".");
  const badge = make("span", "badge", dot > 0 ? name.slice(dot + 1, dot + 5).toUpperCase() : "…");
  badge.setAttribute("aria-hidden", "true");
  const about = make("span", "file-words", make("span", "document", name));
  if (size) about.append(make("span", "size", sizeWords(size)));
  if (url === "") about.append(make("span", "size", say("document_elsewhere")));
  if (!url) return make("div", "file", badge, about);
  const link = make("a", "file", badge, about);
  link.href = url;
  link.download = name;
  return link;
}

/** @param {number} line @param {Choice[][]} rows @param {Taps} taps */
function buttonsOf(line, rows, taps) {
  const el = make("div", "rows");
  for (const row of rows) {
    const buttons = row.map((one) => (one.url === undefined ? actionButton(line, one, taps) : linkButton(one)));
    el.append(make("div", "row", ...buttons));
  }
  return el;
}

/** @param {number} line @param {Action} choice @param {Taps} taps */
function actionButton(line, choice, taps) {
  const el = button("choice", choice.label, () => taps.press(line, choice, el));
  if (taps.isPressed(line, choice.action)) el.classList.add("pressed");
  return el;
}

/** @param {{ label: string, url: string }} choice */
function linkButton(choice) {
  const link = make("a", "choice away", choice.label);
  link.href = choice.url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}
