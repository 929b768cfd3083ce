// The web chat's page: shows what the server's transcript says, and hands what is typed, pressed and chosen to the outbox.

const settings = JSON.parse(document.getElementById("settings").textContent);
const $ = (id) => document.getElementById(id);
const scroller = $("scroller"), log = $("log"), form = $("composer"), box = $("text");
const inTheDark = matchMedia("(prefers-color-scheme: dark)");
const hasMouse = matchMedia("(hover: hover) and (pointer: fine)").matches;

/** For whom this page was made: another window may have signed somebody else in since. */
const headers = { "X-Requested-With": "chat", "X-Account": settings.account };
const say = (key, values = {}) => (settings.strings[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
function make(tag, name, ...content) {
  const el = document.createElement(tag);
  if (name) el.className = name;
  if (tag === "button") el.type = "button";
  el.append(...content);
  return el;
}
function button(name, label, press) {
  const el = make("button", name, label);
  el.addEventListener("click", press);
  return el;
}
function icon(name) {
  const svg = $(`icon-${name}`).content.firstElementChild.cloneNode(true);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

// What outlives a reload. Several people may be at home in one browser, each under a path or an account of its own; at a
// kiosk nothing outlives the window, and the page sees to it that nothing outlives its person.
const shelf = (() => {
  const localStorage = settings.kiosk ? window.sessionStorage : window.localStorage;
  const prefix = `sk:${new URL(".", location.href).pathname}:${settings.account}:`;
  return {
    get(name) { try { return JSON.parse(localStorage.getItem(prefix + name)); } catch { return null; } },
    has(name) { try { return localStorage.getItem(prefix + name) != null; } catch { return false; } },
    /** Whether it is kept: a private window or a full phone may refuse. */
    put(name, value) {
      try {
        if (value == null || value === "") localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, JSON.stringify(value));
        return true;
      } catch { return false; }
    },
    all(start) {
      try {
        return Object.keys(localStorage).filter((name) => name.startsWith(prefix + start))
          .map((name) => this.get(name.slice(prefix.length))).filter((value) => value?.key);
      } catch { return []; }
    },
    clear() { try { for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name); } catch { /* nothing was kept */ } },
  };
})();

/** Whoever had this turn at a kiosk has left: nothing is shown any more, and what waits is sent behind the curtain. */
const hasLeft = Boolean(settings.kiosk && (settings.kiosk.left || shelf.get("left")));
let isBlank = hasLeft;
if (hasLeft) {
  $("chat").hidden = true;
  $("curtain").hidden = false;
}

// Each part's address changes with its content, so that a browser may keep it for ever; hence no plain imports.
const [{ fromMarkup, fromText }, { follow }, { outbox }, kiosk] = await Promise.all(
  ["words", "stream", "outbox", ...(settings.kiosk ? ["kiosk"] : [])].map((name) => import($(`part-${name}`).href)),
);

// ------------------------------------------------------------------ times, in the factory's zone wherever the phone is

const inZone = (options) => new Intl.DateTimeFormat(settings.language, { timeZone: "Asia/Ho_Chi_Minh", ...options });
const clock = inZone({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayNumber = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" });
const dayName = inZone({ weekday: "long", day: "numeric", month: "numeric" });
const dayWithYear = inZone({ day: "numeric", month: "numeric", year: "numeric" });

function dayWords(at) {
  const day = dayNumber.format(at), now = Date.now();
  if (day === dayNumber.format(now)) return say("today");
  if (day === dayNumber.format(now - 86_400_000)) return say("yesterday");
  return (day.slice(0, 4) === dayNumber.format(now).slice(0, 4) ? dayName : dayWithYear).format(at);
}
function sizeWords(bytes) {
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${amount.toLocaleString(settings.language, { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}

// ------------------------------------------------------------------ bubbles

const shown = new Map();       // line id → { el, rev }
const mine = new Map();        // key → the bubble of what the server's transcript does not have yet
const previews = new Map();    // key → the picture as it lies on this phone, which need not be loaded again
const pressed = new Map();     // key → what was pressed and has not been answered
let myTurn = null;             // at a kiosk: what watches over its end
let newestRev = 0, oldestId = Infinity, hasOlder = false, isReady = false;

/** One bubble from the server: a new one, another state of one that is there, or the arrival of what was sent. */
function place(line, isHistory = false) {
  const known = shown.get(line.id);
  if (known && known.rev >= line.rev) return null;
  // An older bubble that changed, above what is loaded: the history brings it when it is asked for.
  const isAbove = !known && !isHistory && hasOlder && line.id < oldestId;
  let el = known?.el;
  if (line.key) {
    const waiting = mine.get(line.key);
    if (line.side === "in" && !known && waiting) el = waiting;
    else waiting && take(waiting);
    mine.delete(line.key);
    pressed.delete(line.key);
    queue.arrived(line.key);
  }
  if (isAbove) return null;
  const isNew = !known;
  const focused = el?.contains(document.activeElement) ? [...el.querySelectorAll("button, a")].indexOf(document.activeElement) : -1;
  el ??= make("div", "");
  el.className = `line ${line.side}`;
  el.dataset.id = line.id;
  delete el.dataset.key;
  el.dataset.at = line.at;
  el.rank = line.id;
  fill(el, line);
  shown.set(line.id, { el, rev: line.rev });
  if (isNew) {
    insert(el);
    oldestId = Math.min(oldestId, line.id);
  }
  neighbours(el);
  if (focused >= 0) ([...el.querySelectorAll("button, a")][focused] ?? box).focus({ preventScroll: true });
  return isNew ? el : null;
}

function fill(el, line) {
  const bubble = make("div", "bubble", make("span", "unseen", say(line.side === "in" ? "you" : "bot")));
  const isPhoto = line.side === "in" && line.pictures?.length === 1 && !line.text && !line.documents?.length;
  el.classList.toggle("photo", isPhoto);
  if (line.pictures?.length) bubble.append(album(line));
  for (const document_ of line.documents ?? []) bubble.append(fileCard(document_.name, document_.size, document_.url));
  if (line.text) bubble.append(textOf(fromMarkup(line.text, line.side === "out" ? pressCommand : null), line));
  const time = make("time", "", clock.format(new Date(line.at)));
  time.dateTime = line.at;
  const meta = make("div", "meta", time);
  if (line.side === "in") meta.append(icon("check"), make("span", "unseen", say("sent")));
  bubble.append(meta);
  el.replaceChildren(bubble);
  if (line.rows?.length) el.append(rowsOf(line));
}

function textOf(nodes, line) {
  const text = make("div", "text", nodes);
  // One's own long story need not be scrolled past again and again; what others wrote is shown whole.
  if (line.side === "in" && text.textContent.length > 900) {
    text.classList.add("cut");
    const all = button("all", say("show_all"), () => { text.classList.remove("cut"); all.remove(); });
    const both = document.createDocumentFragment();
    both.append(text, all);
    return both;
  }
  return text;
}

function album(line) {
  const pictures = line.pictures;
  const el = make("div", pictures.length > 1 ? "album many" : "album");
  for (const picture of pictures) {
    if (picture.pending) {
      const waiting = make("div", "pending", say("drawing"));
      el.append(waiting);
      continue;
    }
    const img = make("img");
    img.alt = picture.alt;
    img.decoding = "async";
    img.src = (line.key && previews.get(line.key)) || picture.url;
    const open = make("button", "picture", picture.dark ? grounds(picture, img) : img);
    open.setAttribute("aria-label", say("open_picture", { name: picture.alt.slice(0, 80) }));
    open.full = picture;
    open.addEventListener("click", () => enlarge(open));
    img.addEventListener("error", () => {
      if (img.src !== picture.url && previews.delete(line.key)) img.src = picture.url;
      else open.classList.add("broken");
    });
    el.append(open);
  }
  return el;
}

/** What is drawn twice follows the phone's light or dark, also when that changes at dusk. */
function grounds(picture, img) {
  const dark = make("source");
  dark.media = inTheDark.media;
  dark.srcset = picture.dark;
  return make("picture", "", dark, img);
}

function fileCard(name, size, url) {
  const dot = name.lastIndexOf(".");
  const badge = make("span", "badge", dot > 0 ? name.slice(dot + 1, dot + 5).toUpperCase() : "…");
  badge.setAttribute("aria-hidden", "true");
  const words = make("span", "file-words", make("span", "document", name));
  if (size) words.append(make("span", "size", sizeWords(size)));
  if (url === "") words.append(make("span", "size", say("document_elsewhere")));
  const el = make(url ? "a" : "div", "file", badge, words);
  if (url) { el.href = url; el.download = name; }
  return el;
}

function rowsOf(line) {
  const rows = make("div", "rows");
  for (const row of line.rows) {
    const el = make("div", "row");
    for (const choice of row) {
      if (choice.url) {
        const a = make("a", "choice away", choice.label);
        a.href = choice.url;
        a.target = "_blank";
        a.rel = "noopener noreferrer";
        el.append(a);
        continue;
      }
      const one = button("choice", choice.label, () => press(line.id, choice, one));
      if ([...pressed.values()].some((item) => item.line === line.id && item.action === choice.action)) one.classList.add("pressed");
      el.append(one);
    }
    rows.append(el);
  }
  return rows;
}

/** Where it belongs: by the server's numbers; what is still on its way comes last. */
function insert(el) {
  let after = lineBefore(log.lastElementChild, el);
  while (after && after.rank > el.rank) after = lineBefore(after.previousElementSibling, el);
  const next = lineAfter(after ? after.nextElementSibling : log.firstElementChild, el);
  if (el.parentNode === log && lineBefore(el.previousElementSibling, el) === after) return;
  const gone = el.parentNode === log ? lineAfter(el.nextElementSibling, el) : null;
  if (dayOf(el)) dayOf(el).remove();
  log.insertBefore(el, next ? dayOf(next) ?? next : null);
  if (gone) neighbours(gone);
}
function take(el) {
  const next = lineAfter(el.nextElementSibling, el);
  dayOf(el)?.remove();
  el.remove();
  if (next) neighbours(next);
}
const isLine = (el) => el.classList.contains("line");
function lineBefore(el, except) { while (el && (el === except || !isLine(el))) el = el.previousElementSibling; return el; }
function lineAfter(el, except) { while (el && (el === except || !isLine(el))) el = el.nextElementSibling; return el; }
function dayOf(el) { const before = el.previousElementSibling; return before?.classList.contains("day") ? before : null; }

/** The day above a bubble, and whether photos that were sent together stand together: for it and for its neighbours. */
function neighbours(el) {
  const before = lineBefore(el.previousElementSibling), after = lineAfter(el.nextElementSibling);
  for (const one of [before, el, after]) {
    if (!one) continue;
    const previous = lineBefore(one.previousElementSibling), next = lineAfter(one.nextElementSibling);
    const at = new Date(one.dataset.at);
    const isFirst = !previous || dayNumber.format(new Date(previous.dataset.at)) !== dayNumber.format(at);
    if (isFirst && !dayOf(one)) log.insertBefore(make("div", "day", make("span", "", dayWords(at))), one);
    if (!isFirst) dayOf(one)?.remove();
    const hasDay = (line) => Boolean(line && dayOf(line));
    one.classList.toggle("thumb", one.classList.contains("photo") && Boolean(
      (previous?.classList.contains("photo") && !hasDay(one)) || (next?.classList.contains("photo") && !hasDay(next))));
    one.classList.toggle("goes-on", Boolean(previous && !isFirst && previous.classList.contains("in") === one.classList.contains("in")));
  }
  const current = [...log.querySelectorAll(".line.out")].reverse().find((one) => one.querySelector(":scope > .rows"));
  const old = log.querySelector(".current");
  if (old !== current) { old?.classList.remove("current"); current?.classList.add("current"); }
}

// ------------------------------------------------------------------ staying at the newest, without tearing one away

let isFollowing = true;        // the reader is where the newest is
let readFrom = null;           // the first bubble of an answer: one that is longer than the screen is read from its top
let awaitsAnswer = false;      // something was pressed: the reader wants to be taken to what it brings
let unread = 0;

function newestTop() {
  const end = scroller.scrollHeight - scroller.clientHeight;
  if (!readFrom?.isConnected) return end;
  const top = readFrom.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop - 12;
  return Math.max(0, Math.min(end, top));
}
function stick() {
  if (isFollowing) scroller.scrollTop = newestTop();
  showLatest();
}
function showLatest() {
  const left = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  if (left < 60) {
    unread = 0;
    if (readFrom && readFrom.getBoundingClientRect().top < scroller.getBoundingClientRect().top) readFrom = null;  // read past it
  }
  $("latest").hidden = left < 160 && !unread;
  $("unread").textContent = unread ? String(unread) : "";
  $("latest").setAttribute("aria-label", unread ? say("unread", { n: unread }) : $("latest").title);
}
scroller.addEventListener("scroll", () => {
  isFollowing = Math.abs(scroller.scrollTop - newestTop()) < 60 || scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < 60;
  showLatest();
  if (scroller.scrollTop < 200 && isReady) older();
}, { passive: true });
$("latest").addEventListener("click", () => {
  isFollowing = true;
  readFrom = null;
  unread = 0;
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
if (window.ResizeObserver) {
  const watcher = new ResizeObserver(stick);
  for (const el of [scroller, log, $("typing")]) watcher.observe(el);
}

let isLoading = false;
async function older() {
  if (!hasOlder || isLoading) return;
  isLoading = true;
  $("older").classList.add("busy");
  try {
    const answer = await fetch(`history?before=${oldestId}`, { headers: { ...headers, Accept: "application/json" } });
    if (answer.status === 401) { leave(); return; }
    const { lines, more } = await answer.json();
    // Nobody wants old words read out, nor the page to jump.
    const first = log.querySelector(".line"), before = first?.getBoundingClientRect().top;
    log.setAttribute("aria-live", "off");
    scroller.classList.add("steady");
    hasOlder = more;
    for (const line of lines.reverse()) place(line, true);
    $("older").hidden = !more;
    if (first) scroller.scrollTop += first.getBoundingClientRect().top - before;
    setTimeout(() => { log.setAttribute("aria-live", "polite"); scroller.classList.remove("steady"); }, 200);
  } catch { /* the next scroll, or the button, tries again */ } finally {
    isLoading = false;
    $("older").classList.remove("busy");
  }
}
$("older").addEventListener("click", older);

let dotsTimer = 0, dotsEnd = 0;
/** Show that an answer is on its way; not for the blink of an eye, nor for ever. */
function answering(on) {
  clearTimeout(dotsTimer);
  clearTimeout(dotsEnd);
  if (!on) { $("typing").hidden = true; return; }
  dotsTimer = setTimeout(() => { $("typing").hidden = false; stick(); }, 500);
  dotsEnd = setTimeout(() => { $("typing").hidden = true; }, 10_000);
}

// ------------------------------------------------------------------ what one says, presses and chooses

const queue = outbox({ shelf, headers, changed, signedOut: leave });

function push(item) {
  queue.add({ key: uuid(), at: new Date().toISOString(), ...item });
}
function follows() {
  isFollowing = true;
  readFrom = null;
  stick();
}
function press(line, choice, el) {
  if (el.classList.contains("pressed")) return;
  el.classList.add("pressed");
  const key = uuid();
  pressed.set(key, { line, action: choice.action });
  awaitsAnswer = true;
  push({ key, action: choice.action, line, label: choice.label });
  // A press that is answered at once needs no bubble of ours; one that waits for the network does.
  setTimeout(() => { const item = queue.items.find((one) => one.key === key); if (item) { drawMine(item); follows(); } }, 1500);
}
function pressCommand(command) {
  push({ text: command });
  follows();
}
function release(key) {
  const what = pressed.get(key);
  if (!what) return;
  pressed.delete(key);
  for (const one of shown.get(what.line)?.el.querySelectorAll(".choice.pressed") ?? []) one.classList.remove("pressed");
}

/** An item of the outbox is in another state. */
function changed(item) {
  if (isBlank) return;
  const isPress = item.action != null;
  if (item.state === "sent") {
    if (isReady) answering(true);
    // Its bubble comes back over the stream; a press that changed its own bubble brings none.
    if (isPress) setTimeout(() => { release(item.key); const el = mine.get(item.key); if (el) { mine.delete(item.key); take(el); } }, 6000);
  }
  if (item.state === "failed") {
    release(item.key);
    if (item.status === 413 && item.text != null && !isPress) { backToEditing(item, item.error || say("refused")); return; }
    announce(item.error || say("refused"));
  }
  if (mine.has(item.key) || !isPress || item.state === "failed" || item.waited) drawMine(item);
}

function backToEditing(item, words = "") {
  queue.cancel(item);
  const el = mine.get(item.key);
  mine.delete(item.key);
  if (el) take(el);
  box.value = box.value ? `${item.text}\n${box.value}` : item.text;
  typed();
  note(words);
  box.focus();
}

/** The bubble of what the transcript does not have yet. */
function drawMine(item) {
  let el = mine.get(item.key);
  const isNew = !el;
  if (isNew) {
    el = make("div", "line in mine");
    el.dataset.key = item.key;
    el.dataset.at = item.at;
    const bubble = make("div", "bubble", make("span", "unseen", say("you")));
    if (item.file) drawFile(item, el, bubble);
    else bubble.append(textOf(fromText(item.label ?? item.text), { side: "in" }));
    el.state = make("span", "state");
    el.meta = make("div", "meta", el.state);
    bubble.append(el.meta);
    el.append(bubble);
    mine.set(item.key, el);
  }
  const isFailed = item.state === "failed";
  el.classList.toggle("failed", isFailed);
  let words = say({ waiting: "sending", sending: "sending", sent: "sent", failed: "not_sent" }[item.state]);
  if (item.waited && item.state !== "sent" && !isFailed) words = say("waiting");
  if (item.state === "sending" && item.share > 0) words = say("uploading", { percent: Math.floor(100 * item.share) });
  if (el.state.textContent !== words) el.state.textContent = words;
  if (el.bar) {
    el.bar.hidden = item.state === "sent" || isFailed;
    el.bar.value = item.state === "sending" ? item.share ?? 0 : 0;
    el.stop.hidden = item.state === "sent" || isFailed;
  }
  el.fate?.remove();
  if (isFailed) {
    const fate = (el.fate = make("div", "fate", make("span", "why", item.error || say("refused"))));
    fate.append(button("again", say("retry"), () => { queue.retry(item); follows(); }));
    if (item.text != null && item.action == null) fate.append(button("again", say("edit"), () => backToEditing(item)));
    fate.append(button("again", say("drop"), () => { queue.cancel(item); mine.delete(item.key); take(el); box.focus(); }));
    el.append(fate);
  }
  const rank = isFailed && isReady ? Math.max(0, ...shown.keys()) + 0.5 : Infinity;
  if (isNew || el.rank !== rank) {
    el.rank = rank;
    insert(el);
    neighbours(el);
  }
  if (isNew) stick();
}

function drawFile(item, el, bubble) {
  const { file } = item;
  if (file.type.startsWith("image/")) {
    el.classList.add("photo");
    const img = make("img", "preview");
    img.alt = file.name;
    img.src = URL.createObjectURL(file);
    previews.set(item.key, img.src);
    // Not every browser can show what every camera writes.
    img.addEventListener("error", () => {
      previews.delete(item.key);
      el.classList.remove("photo");
      img.replaceWith(fileCard(file.name, file.size));
      neighbours(el);
    });
    bubble.append(img);
  } else bubble.append(fileCard(file.name, file.size));
  el.bar = make("progress");
  el.bar.max = 1;
  el.bar.setAttribute("aria-label", file.name);
  el.stop = button("stop", "", () => { queue.cancel(item); mine.delete(item.key); take(el); });
  el.stop.append(icon("close"));
  el.stop.setAttribute("aria-label", say("cancel", { name: file.name }));
  bubble.append(el.stop, el.bar);
}

function chooseFiles(files) {
  const album_ = uuid();
  let refusal = "";
  for (const file of files) {
    if (file.size > settings.max_upload_bytes) refusal = say("too_big", { name: file.name, limit: Math.floor(settings.max_upload_bytes / 1048576) });
    else push({ file, album: album_ });
  }
  if (refusal) note(refusal);
  follows();
}
for (const name of ["files", "camera"]) {
  $(name).addEventListener("change", () => { const files = [...$(name).files]; $(name).value = ""; chooseFiles(files); });
  $(`${name}-open`).addEventListener("click", () => $(name).click());
}
box.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) { event.preventDefault(); chooseFiles(files); }
});
$("chat").addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); $("chat").classList.add("dropping"); } });
$("chat").addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("chat").classList.remove("dropping"); });
$("chat").addEventListener("drop", (event) => {
  $("chat").classList.remove("dropping");
  if (event.dataTransfer?.files.length) { event.preventDefault(); chooseFiles([...event.dataTransfer.files]); }
});
addEventListener("beforeunload", (event) => { if (queue.hasFiles()) { event.preventDefault(); event.returnValue = say("upload_lost"); } });

// ------------------------------------------------------------------ the composer

function typed() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
  form.classList.toggle("has-text", Boolean(box.value.trim()));
  shelf.put("draft", box.value);
}
box.value = hasLeft ? "" : shelf.get("draft") ?? "";
box.addEventListener("input", () => { note(""); typed(); });
box.addEventListener("keydown", (event) => {
  // 229: the browser still composes a Vietnamese letter, and this Enter only ends that.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && hasMouse) { event.preventDefault(); form.requestSubmit(); }
});
// The phone's keyboard stays open while one sends.
$("send").addEventListener("pointerdown", (event) => event.preventDefault());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  note("");
  if (!text) { box.focus(); return; }
  box.value = "";
  typed();
  push({ text });
  follows();
  box.focus();
});
function note(words) {
  $("note").textContent = words.trim();
  $("note").hidden = !words.trim();
}
function announce(words) {
  $("announce").textContent = "";
  setTimeout(() => { $("announce").textContent = words; }, 50);
}

// ------------------------------------------------------------------ the live stream

let isLost = false, bannerTimer = 0;
function banner(words, isGood = false) {
  clearTimeout(bannerTimer);
  $("banner").textContent = words;
  $("banner").hidden = !words;
  $("banner").classList.toggle("good", isGood);
}
function lost(delay = 1500) {
  if (isLost) return;
  isLost = true;
  // Most breaks are over before anybody would notice.
  bannerTimer = setTimeout(() => banner(say("offline")), delay);
}
function found() {
  if (!isLost) return;
  isLost = false;
  const wasTold = !$("banner").hidden;
  banner(wasTold ? say("back") : "", true);
  if (wasTold) bannerTimer = setTimeout(() => banner(""), 1500);
}

const heard = {
  line(line) {
    // Before "ready" the newest number says nothing about what is still to come.
    newestRev = Math.max(newestRev, line.rev);
    const isPressed = pressed.has(line.key);
    const el = place(line);
    if (!isReady) return;
    if (el && awaitsAnswer) { isFollowing = true; readFrom = null; }
    if (el || isPressed) awaitsAnswer = false;
    answering(line.side === "in");
    if (!el) return;
    if (line.side === "in") { stick(); return; }
    if (isFollowing) { readFrom ??= el; stick(); } else { unread += 1; showLatest(); }
    if (document.hidden) { missed += 1; title(); }
  },
  older({ more }) {
    hasOlder = more;
    $("older").hidden = !more;
  },
  ready() {
    found();
    const isFirst = !isReady;
    isReady = true;
    log.setAttribute("aria-busy", "false");
    $("opening").hidden = true;
    if (isFirst) {
      const lines = log.querySelectorAll(".line.out:not(.mine)");
      readFrom = lines[lines.length - 1] ?? null;
      isFollowing = true;
      stick();
      queue.begin();
      if (scroller.scrollHeight <= scroller.clientHeight + 200) older();
    } else queue.kick();
  },
  signed_out() {
    // What a kiosk's browser still holds goes out first.
    if (myTurn) { myTurn.end(); return; }
    shelf.clear();
    leave();
  },
};
function leave() {
  if (myTurn) { myTurn.leave(); return; }
  stream?.stop();
  location.replace("/");
}
/** Nothing of the chat is left, neither in the page nor in the browser. */
function wipe() {
  queue.stop();
  shelf.clear();
  clean();
}
/** Nothing of the chat is left in the page. */
function clean() {
  stream?.stop();
  isReady = hasOlder = false;
  box.value = "";
  for (const address of previews.values()) URL.revokeObjectURL(address);
  for (const el of [log, $("announce"), $("note"), $("banner"), $("view-words"), $("settings"), document.querySelector(".unit")]) el.replaceChildren();
  for (const name of ["view-picture", "take-picture"]) $(name).removeAttribute("src");
  for (const name of ["take-code", "take-until"]) $(name).replaceChildren();
  large.alt = "";
  document.title = pageTitle;
}

const stream = hasLeft ? null : follow({
  headers,
  address: () => `events?after=${isReady ? newestRev : 0}`,
  heard: (name, data) => heard[name]?.(data),
  lost,
});
if (!hasLeft) for (const item of queue.items) if (item.action == null || item.state === "failed") drawMine(item);
// The stream may be held up where a plain request is not.
setTimeout(() => queue.begin(), 6000);

addEventListener("online", () => { stream?.restart(); queue.kick(); });
addEventListener("offline", () => { isLost = false; lost(0); });
addEventListener("pageshow", (event) => { if (event.persisted) stream?.restart(); });
let missed = 0;
const pageTitle = document.title;
const title = () => { document.title = missed ? `(${missed}) ${pageTitle}` : pageTitle; };
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  title();
  stream?.kick();
  queue.kick();
});

// ------------------------------------------------------------------ menu, signing out, pictures

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
$("menu-open").addEventListener("click", () => $("menu").showModal());
$("menu").addEventListener("click", (event) => {
  const chosen = event.target.closest("button");
  if (!chosen) return;
  $("menu").close();
  if (chosen.dataset.say) { push({ text: chosen.dataset.say }); follows(); }
  if (chosen.id === "signout") { $("sure").returnValue = "no"; $("sure").showModal(); }
});
$("sure").addEventListener("close", async () => {
  if ($("sure").returnValue !== "yes") return;
  try {
    const answer = await fetch("signout", { method: "POST", headers });
    if (!answer.ok && answer.status !== 401) throw new Error(String(answer.status));
  } catch {
    note(say("still_in"));
    announce(say("still_in"));
    return;
  }
  shelf.clear();
  leave();
});

const view = $("view"), large = $("view-picture");
let lookingAt = null;
const allPictures = () => [...log.querySelectorAll(".picture:not(.broken)")];
function look(at) {
  lookingAt = at;
  const all = allPictures(), number = all.indexOf(at);
  view.classList.remove("zoomed");
  large.src = (inTheDark.matches && at.full.dark) || at.full.url;
  large.alt = at.full.alt;
  $("view-words").textContent = at.full.alt;
  $("view-before").disabled = number <= 0;
  $("view-after").disabled = number < 0 || number >= all.length - 1;
}
function enlarge(at) {
  look(at);
  view.showModal();
}
function step(by) {
  const all = allPictures(), next = all[all.indexOf(lookingAt) + by];
  if (next) look(next);
}
$("view-close").addEventListener("click", () => view.close());
$("view-before").addEventListener("click", () => step(-1));
$("view-after").addEventListener("click", () => step(1));
large.addEventListener("click", () => view.classList.toggle("zoomed"));
view.addEventListener("close", () => { lookingAt?.focus({ preventScroll: true }); large.removeAttribute("src"); });
view.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
let touchedAt = null;
view.addEventListener("touchstart", (event) => { touchedAt = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
view.addEventListener("touchend", (event) => {
  if (!touchedAt || view.classList.contains("zoomed") || (window.visualViewport?.scale ?? 1) > 1.05) return;
  const dx = event.changedTouches[0].clientX - touchedAt.clientX, dy = event.changedTouches[0].clientY - touchedAt.clientY;
  if (Math.abs(dx) > 60 && Math.abs(dx) > 2 * Math.abs(dy)) step(dx > 0 ? -1 : 1);
  else if (dy > 90 && dy > 2 * Math.abs(dx)) view.close();
});

// ------------------------------------------------------------------ the phone's keyboard

if (window.visualViewport) {
  const viewport = visualViewport;
  const fit = () => {
    // While somebody enlarges with two fingers the page keeps its size.
    if (viewport.scale > 1.05) return;
    document.documentElement.style.setProperty("--height", `${viewport.height}px`);
    document.documentElement.style.setProperty("--top", `${viewport.offsetTop}px`);
  };
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
  fit();
}
typed();
if (hasMouse) box.focus();

// ------------------------------------------------------------------ a kiosk: one person after another

if (settings.kiosk) {
  myTurn = kiosk.turn({
    times: settings.kiosk,
    headers,
    say,
    unsent: () => ({
      waiting: queue.items.filter((item) => item.state !== "failed").length,
      failed: queue.items.filter((item) => item.state === "failed").length,
      typed: Boolean(box.value.trim()),
    }),
    hasLeft,
    blank() {
      isBlank = true;
      clean();
      shelf.put("draft", null);
      shelf.put("left", true);
    },
    handOver: () => { queue.begin(); queue.kick(); },
    wipe,
  });
}
