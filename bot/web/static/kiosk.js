// @ts-check
// A turn at a kiosk: it ends when its person says so, or when nobody touches the screen for a while.

/** @import { KioskTimes, TakeAnswer } from "../shapes.d.ts" */
/** @import { Turn } from "./leaving.js" */

import { byId } from "./elements.js";
import { say } from "./settings.js";

const RETRY_MS = 2000;
const LOOK_MS = 1000;
const UNAUTHORIZED = 401, FORBIDDEN = 403;

/**
 * Watch over a turn.
 * @param {object} parts
 * @param {KioskTimes} parts.times
 * @param {Record<string, string>} parts.headers
 * @param {boolean} parts.hasLeft its person had left before this page was loaded (again)
 * @param {() => { waiting: number, failed: number, typed: boolean }} parts.unsent what is not on the server yet
 * @param {() => void} parts.blank show nothing any more, and remember over a reload that the person left
 * @param {() => void} parts.handOver send what waits
 * @param {() => void} parts.wipe leave nothing of the chat in the page, nor in the browser
 * @returns {Turn}
 */
export function turn({ times, headers, hasLeft, unsent, blank, handOver, wipe }) {
  const silent = byId("silent", HTMLDialogElement), finish = byId("finish-ask", HTMLDialogElement);
  let touchedAt = Date.now(), warnedAt = 0, reportedAt = 0, reportTimer = 0;
  /** When the end began; 0 as long as the turn goes on. */
  let endsSince = 0;
  let isOver = false, hasServerHeard = false, isTellingServer = false;

  // ---------------------------------------------------------------- touches

  function touched() {
    if (silent.open || endsSince || isOver) return;
    touchedAt = Date.now();
    if (!reportTimer) reportTimer = setTimeout(report, Math.max(0, reportedAt + times.report - Date.now()));
  }
  async function report() {
    reportTimer = 0;
    reportedAt = Date.now();
    try {
      const answer = await fetch("touch", { method: "POST", headers });
      if (answer.status === UNAUTHORIZED) end();
    } catch {
      /* without a network: the next touch is reported */
    }
  }
  for (const name of ["pointerdown", "keydown", "input", "touchmove", "wheel"]) {
    document.addEventListener(name, touched, { capture: true, passive: true });
  }

  // ---------------------------------------------------------------- silence

  function look() {
    if (isOver) return;
    if (endsSince) {
      waitForUnsent();
      return;
    }
    const left = touchedAt + times.silence - Date.now();
    if (left <= 0) {
      end();
      return;
    }
    if (left > times.warning) return;
    byId("silent-left").textContent = say("kiosk_left", { n: Math.ceil(left / 1000) });
    if (silent.open) return;
    warnedAt = Date.now();
    silent.showModal();
  }
  byId("silent-yes").addEventListener("click", () => {
    silent.close();
    touched();
  });
  byId("silent-no").addEventListener("click", end);
  // Esc, or a tap beside it, is a sign of life too.
  silent.addEventListener("close", () => { if (touchedAt < warnedAt) touched(); });
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    byId("chat").hidden = true;
    location.reload();
  });

  // ---------------------------------------------------------------- the end, asked for

  /** @param {string} words what is lost, or went wrong */
  function tell(words) {
    byId("finish-unsent").textContent = words;
    byId("finish-unsent").hidden = !words;
  }
  function ask() {
    const { waiting, failed, typed } = unsent();
    const words = [];
    if (waiting) words.push(say("kiosk_waiting", { n: waiting }));
    if (failed) words.push(say("kiosk_failed", { n: failed }));
    if (typed) words.push(say("kiosk_typed"));
    tell(words.join(" "));
    byId("taking").hidden = true;
    byId("take").hidden = false;
    finish.showModal();
  }
  byId("finish").addEventListener("click", ask);
  document.querySelector("[data-finish]")?.addEventListener("click", ask);
  byId("finish-no").addEventListener("click", () => finish.close());
  byId("finish-yes").addEventListener("click", end);
  byId("take").addEventListener("click", async () => {
    try {
      const answer = await fetch("take", { method: "POST", headers });
      if (answer.status === UNAUTHORIZED) {
        end();
        return;
      }
      /** @type {TakeAnswer} */
      const taken = await answer.json();
      byId("take-picture", HTMLImageElement).src = taken.picture;
      byId("take-code").textContent = taken.code;
      byId("take-until").textContent = taken.until;
      byId("taking").hidden = false;
      byId("take").hidden = true;
    } catch {
      tell(say("kiosk_offline"));
    }
  });

  // ---------------------------------------------------------------- the end

  /** @param {string} words @param {boolean} mayDrop whether the next person may drop what is unsent */
  function drawCurtain(words, mayDrop) {
    for (const dialog of document.querySelectorAll("dialog")) if (dialog.open) dialog.close();
    byId("curtain-words").textContent = words;
    byId("curtain-drop").hidden = !mayDrop;
    byId("curtain").hidden = false;
    byId("chat").hidden = true;
  }
  /** End the turn. What is unsent goes first; meanwhile nobody sees the chat, nor does a reload bring it back. */
  function end() {
    if (endsSince || isOver) return;
    endsSince = Date.now();
    clearTimeout(reportTimer);
    blank();
    handOver();
    waitForUnsent();
  }
  function waitForUnsent() {
    const { waiting } = unsent();
    if (!waiting || Date.now() - endsSince > times.longest) {
      finishTurn();
      return;
    }
    drawCurtain(say(navigator.onLine ? "kiosk_sending" : "kiosk_held", { n: waiting }), true);
    tellServer();
  }
  /** From now on the server shows nothing to this browser, and only takes what it holds. */
  async function tellServer() {
    if (hasServerHeard || isTellingServer) return;
    isTellingServer = true;
    try {
      const answer = await fetch("leave", { method: "POST", headers });
      if (answer.ok) hasServerHeard = true;
      else if (answer.status === UNAUTHORIZED) leave();
    } catch {
      /* no network: again in a second */
    }
    isTellingServer = false;
  }
  byId("curtain-drop").addEventListener("click", finishTurn);

  async function finishTurn() {
    if (isOver) return;
    isOver = true;
    clearTimeout(reportTimer);
    drawCurtain(say("kiosk_ending"), false);
    wipe();
    // Remembered again until the server has heard: a reload now must not bring the chat back.
    blank();
    for (;;) {
      try {
        const answer = await fetch("end", { method: "POST", headers });
        if (answer.ok || answer.status === UNAUTHORIZED || answer.status === FORBIDDEN) break;
      } catch {
        /* the server ends it by itself before long; this empty page waits for the network */
      }
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
    location.replace("/");
  }
  /** The turn is over already: the server ended it, or another window. */
  function leave() {
    if (isOver) return;
    isOver = true;
    drawCurtain(say("kiosk_ending"), false);
    wipe();
    location.replace("/");
  }

  if (hasLeft) end();
  else report();
  return { end, leave };
}
