// @ts-check
// The pictures in a bubble.

/** @import { Line, Picture } from "../shapes.d.ts" */

import { make } from "./elements.js";
import { say } from "./settings.js";
import { darkMode, enlarges } from "./viewer.js";

/**
 * Object URLs of the photos that this phone sent, by their keys: they need not be loaded again.
 * @type {Map<string, string>}
 */
const previews = new Map();

/**
 * Keep a photo for the bubble that will show it.
 * @param {string} key
 * @param {File} file
 * @returns its address
 */
export function keepPreview(key, file) {
  const url = URL.createObjectURL(file);
  previews.set(key, url);
  return url;
}

/** @param {string} key */
export function dropPreview(key) {
  return previews.delete(key);
}

/** Let go of all photos. */
export function dropPreviews() {
  for (const url of previews.values()) URL.revokeObjectURL(url);
  previews.clear();
}

/**
 * @param {Line} line
 * @param {Picture[]} pictures
 */
export function album(line, pictures) {
  const el = make("div", pictures.length > 1 ? "album many" : "album");
  for (const picture of pictures) {
    el.append(picture.pending ? make("div", "pending", say("drawing")) : opener(picture, line.key ?? ""));
  }
  return el;
}

/** @param {Picture} picture @param {string} key */
function opener(picture, key) {
  const img = make("img");
  img.alt = picture.alt;
  img.decoding = "async";
  img.src = previews.get(key) ?? picture.url;
  const open = make("button", "picture", picture.dark ? forBothModes(picture.dark, img) : img);
  open.type = "button";
  open.setAttribute("aria-label", say("open_picture", { name: picture.alt.slice(0, 80) }));
  enlarges(open, picture);
  img.addEventListener("error", () => {
    if (dropPreview(key)) img.src = picture.url;
    else open.classList.add("broken");
  });
  return open;
}

/**
 * A picture that is drawn twice follows the phone's light or dark mode, also when that changes at dusk.
 * @param {string} dark
 * @param {HTMLImageElement} img
 */
function forBothModes(dark, img) {
  const source = make("source");
  source.media = darkMode.media;
  source.srcset = dark;
  return make("picture", "", source, img);
}
