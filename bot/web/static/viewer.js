// @ts-check
// Pictures, enlarged: one goes through all of them with buttons, keys or a finger.

/** @import { Picture } from "../shapes.d.ts" */

import { byId } from "./elements.js";
import { log } from "./timeline.js";

/** Pixels that a finger must move sideways for the next picture, and down to close. */
const SWIPE = 60, PULL = 90;

/** Whether the phone is dark now; its `media` is the query. */
export const darkMode = matchMedia("(prefers-color-scheme: dark)");

const view = byId("view", HTMLDialogElement), large = byId("view-picture", HTMLImageElement);
const toBefore = byId("view-before", HTMLButtonElement), toAfter = byId("view-after", HTMLButtonElement);
/** What the buttons in the bubbles enlarge. @type {WeakMap<Element, Picture>} */
const pictures = new WeakMap();
/** The button of the picture that is enlarged. @type {HTMLElement | null} */
let current = null;

/**
 * Let this button enlarge a picture.
 * @param {HTMLButtonElement} opener
 * @param {Picture} picture
 */
export function enlarges(opener, picture) {
  pictures.set(opener, picture);
  opener.addEventListener("click", () => {
    show(opener);
    view.showModal();
  });
}

/** @returns {HTMLElement[]} */
const allOpeners = () => [...log.querySelectorAll(/** @type {"button"} */ (".picture:not(.broken)"))];

/** @param {HTMLElement} opener */
function show(opener) {
  const picture = pictures.get(opener);
  if (!picture) return;
  current = opener;
  const all = allOpeners(), number = all.indexOf(opener);
  view.classList.remove("zoomed");
  large.src = (darkMode.matches && picture.dark) || picture.url;
  large.alt = picture.alt;
  byId("view-words").textContent = picture.alt;
  toBefore.disabled = number <= 0;
  toAfter.disabled = number < 0 || number >= all.length - 1;
}

/** @param {-1 | 1} by */
function step(by) {
  const all = allOpeners(), next = current && all[all.indexOf(current) + by];
  if (next) show(next);
}

byId("view-close").addEventListener("click", () => view.close());
toBefore.addEventListener("click", () => step(-1));
toAfter.addEventListener("click", () => step(1));
large.addEventListener("click", () => view.classList.toggle("zoomed"));
view.addEventListener("close", () => {
  current?.focus({ preventScroll: true });
  large.removeAttribute("src");
});
view.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});

/** @type {Touch | null} */
let touch = null;
view.addEventListener("touchstart", (event) => {
  touch = event.touches.length === 1 ? event.touches[0] ?? null : null;
}, { passive: true });
view.addEventListener("touchend", (event) => {
  const end = event.changedTouches[0];
  // A finger on an enlarged picture looks around in it.
  if (!touch || !end || view.classList.contains("zoomed") || (window.visualViewport?.scale ?? 1) > 1.05) return;
  const dx = end.clientX - touch.clientX, dy = end.clientY - touch.clientY;
  if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) step(dx > 0 ? -1 : 1);
  else if (dy > PULL && dy > 2 * Math.abs(dx)) view.close();
});
