// @ts-check
// Older bubbles, loaded when the reader comes near them.

/** @import { HistoryAnswer } from "../shapes.d.ts" */

import { place } from "./arrivals.js";
import { byId } from "./elements.js";
import { leave } from "./leaving.js";
import { isShort, keepingPlace, whenNearTop } from "./scrolling.js";
import { headers } from "./settings.js";
import { log } from "./timeline.js";
import { transcript } from "./transcript.js";

const UNAUTHORIZED = 401;

const more = byId("older");
let isLoading = false;

/** @param {boolean} hasOlder */
export function setHasOlder(hasOlder) {
  transcript.hasOlder = hasOlder;
  more.hidden = !hasOlder;
}

/** Load older bubbles where the newest ones hardly fill the screen, and one could not scroll up to them. */
export function fillScreen() {
  if (isShort()) loadOlder();
}

async function loadOlder() {
  if (!transcript.hasOlder || isLoading) return;
  isLoading = true;
  more.classList.add("busy");
  try {
    const address = `history?before=${transcript.oldestId}`;
    const response = await fetch(address, { headers: { ...headers, Accept: "application/json" } });
    if (response.status === UNAUTHORIZED) {
      leave();
      return;
    }
    /** @type {HistoryAnswer} */
    const answer = await response.json();
    // Screen readers read new bubbles out, but nobody wants to hear old ones.
    log.setAttribute("aria-live", "off");
    keepingPlace(() => {
      for (const line of answer.lines.reverse()) place(line, true);
      setHasOlder(answer.more);
    });
    setTimeout(() => log.setAttribute("aria-live", "polite"), 200);
  } catch {
    /* the next scroll, or the button, tries again */
  } finally {
    isLoading = false;
    more.classList.remove("busy");
  }
}

more.addEventListener("click", loadOlder);
whenNearTop(() => { if (transcript.isReady) loadOlder(); });
