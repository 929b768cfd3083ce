// A turn at a kiosk: it ends when its person says so, or when nobody touches the screen for a while.

const $ = (id) => document.getElementById(id);
const RETRY_MS = 2000;

/**
 * Watch over a turn. `times`: the milliseconds of silence that end it, how long before that it warns, how often the
 * server is told that somebody is there, and how long what cannot be sent holds up who comes next.
 * `hasLeft`: its person had left before this page was loaded (again). `unsent()`: what is not on the server yet, as
 * `{ waiting, failed, typed }`. `blank()` shows nothing any more and keeps in mind, over a reload, that they left;
 * `handOver()` sends what waits; `wipe()` leaves nothing of the chat in the page, nor in the browser.
 */
export function turn({ times, headers, say, hasLeft, unsent, blank, handOver, wipe }) {
  let touchedAt = Date.now(), askedAt = 0, toldAt = 0, telling = 0, waitsSince = 0, isEnding = false;
  let isLeft = false, isLeaving = false;

  // ---------------------------------------------------------------- touches

  function touched() {
    if ($("silent").open || waitsSince || isEnding) return;
    touchedAt = Date.now();
    tellSoon();
  }
  function tellSoon() {
    if (telling) return;
    telling = setTimeout(tell, Math.max(0, toldAt + times.report - Date.now()));
  }
  async function tell() {
    telling = 0;
    toldAt = Date.now();
    try {
      const answer = await fetch("touch", { method: "POST", headers });
      if (answer.status === 401) end();
    } catch { /* without network the server hears of the next touch */ }
  }
  for (const name of ["pointerdown", "keydown", "input", "touchmove", "wheel"]) {
    document.addEventListener(name, touched, { capture: true, passive: true });
  }

  // ---------------------------------------------------------------- silence

  function look() {
    if (isEnding) return;
    if (waitsSince) { waitOn(); return; }
    const left = touchedAt + times.silence - Date.now();
    if (left <= 0) { end(); return; }
    if (left > times.warning) return;
    const seconds = Math.ceil(left / 1000);
    $("silent-left").textContent = say("kiosk_left", { n: seconds });
    if ($("silent").open) return;
    askedAt = Date.now();
    $("silent").showModal();
  }
  function stay() {
    $("silent").close();
    touched();
  }
  $("silent-yes").addEventListener("click", stay);
  $("silent-no").addEventListener("click", () => end());
  // Esc, or a tap beside it, is a sign of life too.
  $("silent").addEventListener("close", () => { if (touchedAt < askedAt) touched(); });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => { if (event.persisted) { $("chat").hidden = true; location.reload(); } });

  // ---------------------------------------------------------------- the end, asked for

  function ask() {
    const { waiting, failed, typed } = unsent();
    const words = [];
    if (waiting) words.push(say("kiosk_waiting", { n: waiting }));
    if (failed) words.push(say("kiosk_failed", { n: failed }));
    if (typed) words.push(say("kiosk_typed"));
    $("finish-unsent").textContent = words.join(" ");
    $("finish-unsent").hidden = !words.length;
    $("taking").hidden = true;
    $("take").hidden = false;
    $("finish-ask").showModal();
  }
  $("finish").addEventListener("click", ask);
  document.querySelector("[data-finish]").addEventListener("click", ask);
  $("finish-no").addEventListener("click", () => $("finish-ask").close());
  $("finish-yes").addEventListener("click", () => end());
  $("take").addEventListener("click", async () => {
    try {
      const answer = await fetch("take", { method: "POST", headers });
      if (answer.status === 401) { end(); return; }
      const taken = await answer.json();
      $("take-picture").src = taken.picture;
      $("take-code").textContent = taken.code;
      $("take-until").textContent = taken.until;
      $("taking").hidden = false;
      $("take").hidden = true;
    } catch {
      $("finish-unsent").textContent = say("kiosk_offline");
      $("finish-unsent").hidden = false;
    }
  });

  // ---------------------------------------------------------------- the end

  function curtain(words, mayDrop) {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    $("curtain-words").textContent = words;
    $("curtain-drop").hidden = !mayDrop;
    $("curtain").hidden = false;
    $("chat").hidden = true;
  }
  /** What is on its way goes first; meanwhile nobody sees the chat, nor does a reload bring it back. */
  function end() {
    if (waitsSince || isEnding) return;
    waitsSince = Date.now();
    clearTimeout(telling);
    blank();
    handOver();
    waitOn();
  }
  function waitOn() {
    const { waiting } = unsent();
    if (!waiting || Date.now() - waitsSince > times.longest) { over(); return; }
    curtain(say(navigator.onLine ? "kiosk_sending" : "kiosk_held", { n: waiting }), true);
    tellLeft();
  }
  /** From now on the server shows nothing to this browser, and only takes what it holds. */
  async function tellLeft() {
    if (isLeft || isLeaving) return;
    isLeaving = true;
    try {
      const answer = await fetch("leave", { method: "POST", headers });
      if (answer.ok) isLeft = true;
      else if (answer.status === 401) leave();
    } catch { /* no network: again in a second */ }
    isLeaving = false;
  }
  $("curtain-drop").addEventListener("click", () => over());

  async function over() {
    if (isEnding) return;
    isEnding = true;
    clearTimeout(telling);
    curtain(say("kiosk_ending"), false);
    wipe();
    blank();
    for (;;) {
      try {
        const answer = await fetch("end", { method: "POST", headers });
        if (answer.ok || answer.status === 401 || answer.status === 403) break;
      } catch { /* the server ends it by itself before long; this page waits for the network with nothing on it */ }
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
    location.replace("/");
  }
  /** It is over already: by the server, or in another window. */
  function leave() {
    if (isEnding) return;
    isEnding = true;
    curtain(say("kiosk_ending"), false);
    wipe();
    location.replace("/");
  }

  if (hasLeft) end();
  else tell();
  return { end, leave };
}
