// @ts-check
// At a kiosk: hides the chat of a person who has left, before anything of it is shown.

import { byId } from "./elements.js";
import { settings } from "./settings.js";
import * as shelf from "./shelf.js";

/** This page was loaded (again) after its person had left: it shows nothing, and only sends what it still holds. */
export const hasLeft = settings.kiosk !== null && (settings.kiosk.left || Boolean(shelf.get("left")));

let isClosed = hasLeft;
if (hasLeft) {
  byId("chat").hidden = true;
  byId("curtain").hidden = false;
}

/** Whether bubbles may still be drawn. */
export const mayDraw = () => !isClosed;

/** Stop drawing bubbles: the person is leaving now. */
export function close() {
  isClosed = true;
}
