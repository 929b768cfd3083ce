// @ts-check
// The chat's page at a kiosk: the same as everywhere, until its turn ends and nothing of it may stay.

import "./chat.js";
import { dropPreviews } from "./album.js";
import { box } from "./composer.js";
import { stopStream } from "./connection.js";
import * as curtain from "./curtain.js";
import { byId } from "./elements.js";
import { turn } from "./kiosk.js";
import { letTurnDecide } from "./leaving.js";
import { resetTitle } from "./notices.js";
import { queue } from "./outgoing.js";
import { headers, settings } from "./settings.js";
import * as shelf from "./shelf.js";
import { log } from "./timeline.js";
import { transcript } from "./transcript.js";

if (!settings.kiosk) throw new Error("this page is not a kiosk's");

letTurnDecide(turn({
  times: settings.kiosk,
  headers,
  hasLeft: curtain.hasLeft,
  unsent: () => ({
    waiting: queue.items.filter((item) => item.state !== "failed").length,
    failed: queue.items.filter((item) => item.state === "failed").length,
    typed: Boolean(box.value.trim()),
  }),
  blank() {
    curtain.close();
    clean();
    shelf.put("draft", null);
    shelf.put("left", true);
  },
  handOver() {
    queue.begin();
    queue.kick();
  },
  wipe() {
    queue.stop();
    shelf.clear();
    clean();
  },
}));

/** Leave nothing of the chat in the page. */
function clean() {
  stopStream();
  transcript.isReady = transcript.hasOlder = false;
  box.value = "";
  dropPreviews();
  const traces = ["announce", "note", "banner", "view-words", "settings", "take-code", "take-until"];
  for (const id of traces) byId(id).replaceChildren();
  log.replaceChildren();
  document.querySelector(".unit")?.replaceChildren();
  for (const id of ["view-picture", "take-picture"]) byId(id).removeAttribute("src");
  byId("view-picture", HTMLImageElement).alt = "";
  resetTitle();
}
