// @ts-check
// The live stream into this page: what it brings, and what the reader is told when it breaks.

/** @import { StreamEvents } from "../shapes.d.ts" */

import { place } from "./arrivals.js";
import { hasLeft } from "./curtain.js";
import { byId } from "./elements.js";
import { fillScreen, setHasOlder } from "./history.js";
import { signedOut, stopWhenLeaving } from "./leaving.js";
import { answering, banner, countMissed, resetTitle } from "./notices.js";
import { awaitsAnswerTo, queue } from "./outgoing.js";
import { answerCame, goToAnswer, showAnswer, stick } from "./scrolling.js";
import { headers, say } from "./settings.js";
import { follow } from "./stream.js";
import { log } from "./timeline.js";
import { transcript } from "./transcript.js";

/** Most breaks are over before anybody would notice. */
const BREAK_IS_TOLD_MS = 1500;
const GOOD_NEWS_MS = 1500;
/** The stream may be held up where a plain request is not. */
const SEND_ANYWAY_MS = 6000;

let isLost = false, bannerTimer = 0;

/** @param {number} [delay] in milliseconds */
function lost(delay = BREAK_IS_TOLD_MS) {
  if (isLost) return;
  isLost = true;
  clearTimeout(bannerTimer);
  bannerTimer = setTimeout(() => banner(say("offline")), delay);
}

function found() {
  if (!isLost) return;
  isLost = false;
  clearTimeout(bannerTimer);
  if (byId("banner").hidden) return;
  banner(say("back"), true);
  bannerTimer = setTimeout(() => banner(""), GOOD_NEWS_MS);
}

/** @type {{ [Name in keyof StreamEvents]: (data: StreamEvents[Name]) => void }} */
const handlers = {
  line(line) {
    transcript.newestRev = Math.max(transcript.newestRev, line.rev);
    const answersPress = line.key !== undefined && awaitsAnswerTo(line.key);
    const el = place(line);
    if (!transcript.isReady) return;
    answerCame(el, answersPress);
    answering(line.side === "in");
    if (!el) return;
    if (line.side === "in") {
      stick();
      return;
    }
    showAnswer(el);
    countMissed();
  },
  older({ more }) {
    setHasOlder(more);
  },
  ready() {
    found();
    if (transcript.isReady) {
      queue.kick();
      return;
    }
    transcript.isReady = true;
    log.setAttribute("aria-busy", "false");
    byId("opening").hidden = true;
    const answers = log.querySelectorAll(/** @type {"div"} */ (".line.out:not(.mine)"));
    goToAnswer(answers[answers.length - 1] ?? null);
    queue.begin();
    fillScreen();
  },
  signed_out: signedOut,
};

/** @param {string} name @param {any} data */
function heard(name, data) {
  if (Object.hasOwnProperty.call(handlers, name)) handlers[/** @type {keyof StreamEvents} */ (name)](data);
}

/** None for a person who has left a kiosk. */
const stream = hasLeft ? null : follow({
  headers,
  // Before "ready" the newest number says nothing about what is still to come.
  address: () => `events?after=${transcript.isReady ? transcript.newestRev : 0}`,
  heard,
  lost: () => lost(),
});

export function stopStream() {
  stream?.stop();
}
stopWhenLeaving(stopStream);
setTimeout(() => queue.begin(), SEND_ANYWAY_MS);

addEventListener("online", () => {
  stream?.restart();
  queue.kick();
});
addEventListener("offline", () => {
  isLost = false;
  lost(0);
});
addEventListener("pageshow", (event) => { if (event.persisted) stream?.restart(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  resetTitle();
  stream?.kick();
  queue.kick();
});
