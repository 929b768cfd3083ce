// The web chat: shows what the server's transcript says, and sends what is typed, pressed and chosen, once each.

const settings = JSON.parse(document.getElementById("settings").textContent);
const words = settings.strings;
const base = new URL(".", location.href).pathname;
const store = `sk:${base}:${settings.account}:`;
const $ = (id) => document.getElementById(id);
const log = $("log"), form = $("composer"), box = $("text"), banner = $("banner"), latest = $("latest");

const fill = (key, args = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => args[name] ?? "");
const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
const keep = (name, value) => { try { value == null ? localStorage.removeItem(store + name) : localStorage.setItem(store + name, JSON.stringify(value)); } catch { /* private window: nothing outlives it */ } };
const kept = (name, otherwise) => { try { return JSON.parse(localStorage.getItem(store + name)) ?? otherwise; } catch { return otherwise; } };
const make = (tag, cls, text) => { const el = document.createElement(tag); if (cls) el.className = cls; if (text != null) el.textContent = text; return el; };

// ---------------------------------------------------------------- text: <b>, <i> and entities; the rest as typed

const ENTITY = { lt: "<", gt: ">", amp: "&", quot: '"', nbsp: "\u00a0" };
const decode = (raw) => raw.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
  if (name[0] !== "#") return ENTITY[name] ?? whole;
  const code = name[1].toLowerCase() === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
});
function withLinks(target, text) {
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"”]+[^\s<>"”.,;:!?)]/g)) {
    target.append(text.slice(from, match.index));
    const link = make("a", "", match[0]);
    link.href = match[0]; link.rel = "noopener noreferrer"; link.target = "_blank";
    target.append(link);
    from = match.index + match[0].length;
  }
  target.append(text.slice(from));
}
function rich(target, html) {
  target.replaceChildren();
  let at = target;
  for (const token of html.split(/(<\/?[bi]>)/)) {
    const tag = /^<(\/?)([bi])>$/.exec(token);
    if (!tag) { if (token) withLinks(at, decode(token)); continue; }
    if (tag[1]) { if (at !== target && at.localName === tag[2]) at = at.parentNode; }
    else { const el = make(tag[2]); at.append(el); at = el; }
  }
}

// ---------------------------------------------------------------- bubbles

const bubbles = new Map();   // line id → element
let newestRev = 0, oldestId = null, atBottom = true, backlogDone = false;

const dayOf = (at) => new Date(at).toLocaleDateString(settings.language, { weekday: "long", day: "numeric", month: "numeric" });
const timeOf = (at) => new Date(at).toLocaleTimeString(settings.language, { hour: "2-digit", minute: "2-digit" });

function draw(line) {
  const el = make("div", `line ${line.side}`);
  el.dataset.id = line.id;
  el.dataset.at = line.at;
  const bubble = make("div", "bubble");
  const who = make("span", "unseen", line.side === "in" ? words.you : words.bot);
  bubble.append(who);
  if (line.pictures?.length) {
    const album = make("div", line.pictures.length > 1 ? "album many" : "album");
    for (const picture of line.pictures) {
      if (picture.pending) { album.append(make("div", "pending", words.drawing)); continue; }
      const open = make("button", "picture");
      open.type = "button";
      open.setAttribute("aria-label", fill("open_picture", { name: picture.alt.slice(0, 80) }));
      const img = make("img");
      img.src = picture.url; img.alt = picture.alt; img.loading = "lazy"; img.decoding = "async";
      img.addEventListener("load", stick);
      open.append(img);
      open.addEventListener("click", () => enlarge(picture));
      album.append(open);
    }
    bubble.append(album);
  }
  if (line.text) { const text = make("div", "text"); rich(text, line.text); bubble.append(text); }
  for (const document_ of line.documents ?? []) {
    const link = make("a", "document", document_.name);
    link.href = document_.url; link.download = document_.name;
    bubble.append(link);
  }
  const time = make("time", "time", timeOf(line.at));
  time.dateTime = line.at;
  bubble.append(time);
  el.append(bubble);
  if (line.rows?.length) el.append(drawRows(line));
  return el;
}

function drawRows(line) {
  const rows = make("div", "rows");
  for (const row of line.rows) {
    const div = make("div", "row");
    for (const choice of row) {
      let button;
      if (choice.url) {
        button = make("a", "choice", choice.label);
        button.href = choice.url; button.rel = "noopener noreferrer"; button.target = "_blank";
      } else {
        button = make("button", "choice", choice.label);
        button.type = "button";
        button.addEventListener("click", () => {
          if (button.classList.contains("pressed")) return;
          button.classList.add("pressed");
          setTimeout(() => button.classList.remove("pressed"), 2500);
          push({ key: uuid(), action: choice.action, line: line.id, label: choice.label });
        });
      }
      div.append(button);
    }
    rows.append(div);
  }
  return rows;
}

function place(line) {
  if (line.key) settle(line.key);
  const fresh = draw(line);
  const known = bubbles.get(line.id);
  bubbles.set(line.id, fresh);
  if (known) known.replaceWith(fresh);
  else {
    let before = null;
    for (let el = log.lastElementChild; el; el = el.previousElementSibling) {
      if (el.dataset.id && Number(el.dataset.id) < line.id) break;
      if (el.dataset.id || el.classList.contains("mine")) before = el;
    }
    log.insertBefore(fresh, before);
  }
  if (oldestId == null || line.id < oldestId) oldestId = line.id;
  if (line.side === "out" && backlogDone) typing(false);
}

function tidy() {
  let day = null;
  for (const el of [...log.children]) {
    if (el.classList.contains("day")) { el.remove(); continue; }
    if (!el.dataset.at) continue;
    const its = dayOf(el.dataset.at);
    if (its !== day) { const mark = make("div", "day", its); log.insertBefore(mark, el); day = its; }
  }
  let found = false;
  for (const el of [...log.querySelectorAll(".line.out")].reverse()) {
    const has = el.querySelector(".rows");
    el.classList.toggle("current", Boolean(has) && !found);
    if (has) found = true;
  }
  stick();
}

function stick() { if (atBottom) log.scrollTop = log.scrollHeight; else latest.hidden = false; }
log.addEventListener("scroll", () => {
  atBottom = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  if (atBottom) latest.hidden = true;
  if (log.scrollTop < 80) older();
});
latest.addEventListener("click", () => { atBottom = true; stick(); latest.hidden = true; });

let hasOlder = false, loadingOlder = false;
async function older() {
  if (!hasOlder || loadingOlder || oldestId == null) return;
  loadingOlder = true;
  try {
    const answer = await fetch(`history?before=${oldestId}`);
    if (!answer.ok) return;
    const { lines, more } = await answer.json();
    const height = log.scrollHeight, top = log.scrollTop;
    hasOlder = more;
    lines.forEach(place);
    tidy();
    log.scrollTop = top + log.scrollHeight - height;
  } catch { /* the next scroll tries again */ } finally { loadingOlder = false; }
}

function typing(on) {
  $("typing").hidden = !on;
  if (on) stick();
}

function enlarge(picture) {
  const view = $("view");
  view.querySelector("img").src = picture.url;
  view.querySelector("img").alt = picture.alt;
  view.showModal();
}
$("view").addEventListener("click", () => $("view").close());

// ---------------------------------------------------------------- sending: one after the other, each with its own key

let queue = kept("queue", []);
let sending = false, retry = 1000, retryTimer = null;

function push(item) {
  queue.push(item);
  keep("queue", queue);
  mine(item);
  atBottom = true;
  stick();
  pump();
}

function mine(item) {
  const el = make("div", "line in mine");
  el.dataset.key = item.key;
  const bubble = make("div", "bubble");
  bubble.append(make("div", "text", item.label ?? item.text ?? item.name));
  bubble.append(make("span", "time status", words.sending));
  el.append(bubble);
  log.append(el);
  return el;
}
const mineOf = (key) => log.querySelector(`.mine[data-key="${CSS.escape(key)}"]`);
function settle(key) {
  mineOf(key)?.remove();
  if (queue.some((item) => item.key === key)) { queue = queue.filter((item) => item.key !== key); keep("queue", queue); }
}
function status(key, text, failed = false) {
  const el = mineOf(key);
  if (!el) return;
  el.classList.toggle("failed", failed);
  el.querySelector(".status").textContent = text;
}

async function pump() {
  if (sending || !queue.length) return;
  sending = true;
  clearTimeout(retryTimer);
  const item = queue[0];
  let outcome = "retry", wait = retry;
  try {
    const answer = await fetch("send", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "chat" },
      body: JSON.stringify({ key: item.key, text: item.text, action: item.action, line: item.line, label: item.label }),
      signal: AbortSignal.timeout?.(20000),
    });
    if (answer.ok) outcome = "sent";
    else if (answer.status === 401) { location.href = "/"; return; }
    else if (answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
      outcome = "refused";
      const body = await answer.json().catch(() => ({}));
      status(item.key, body.error || words.refused, true);
      if (item.text && !item.action) { box.value = box.value || item.text; grow(); keep("draft", box.value); }
      if (body.error) announce(body.error);
    } else if (answer.status === 429) wait = 1000 * (Number((await answer.json().catch(() => ({}))).retry_after) || 3);
  } catch { /* no network: again later, with the same key */ }
  sending = false;
  if (outcome === "retry") {
    status(item.key, words.waiting);
    retry = Math.min(retry * 2, 20000);
    retryTimer = setTimeout(pump, wait + Math.random() * 400);
    return;
  }
  retry = 1000;
  queue.shift();
  keep("queue", queue);
  if (outcome === "sent") { status(item.key, words.sent); typing(Boolean(mineOf(item.key))); }
  pump();
}

box.value = kept("draft", "");
function grow() { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight, 160)}px`; }
box.addEventListener("input", () => { grow(); keep("draft", box.value || null); });
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(hover: hover)").matches) { event.preventDefault(); form.requestSubmit(); }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  grow();
  keep("draft", null);
  push({ key: uuid(), text });
  box.focus();
});
for (const item of queue) mine(item);
grow();

// ---------------------------------------------------------------- files

let uploads = 0;
$("files").addEventListener("change", async (event) => {
  const files = [...event.target.files];
  event.target.value = "";
  const album = uuid();
  for (const file of files) await upload(file, album);
});
async function upload(file, album) {
  const item = { key: uuid(), name: file.name };
  const el = mine(item);
  atBottom = true;
  stick();
  if (file.size > settings.max_upload_bytes) { status(item.key, words.too_big, true); announce(words.too_big); return; }
  if (file.type.startsWith("image/")) {
    const preview = make("img", "preview");
    preview.alt = file.name;
    preview.src = URL.createObjectURL(file);
    preview.addEventListener("load", () => { URL.revokeObjectURL(preview.src); stick(); });
    el.querySelector(".bubble").prepend(preview);
  }
  const body = new FormData();
  body.append("key", item.key);
  body.append("album", album);
  body.append("file", file, file.name);
  uploads += 1;
  for (let tries = 0, done = false; !done; tries += 1) {
    const { code, text } = await transfer(item, el, body);
    if (code === 200) { status(item.key, words.sent); done = true; }
    else if (code === 401) { location.href = "/"; return; }
    else if ((code >= 400 && code < 500 && code !== 429) || code === -1) {
      let said = words.refused;
      if (code === -1) said = words.cancelled; else try { said = JSON.parse(text).error || said; } catch { /* not ours */ }
      status(item.key, said, true);
      announce(said);
      done = true;
    } else {
      status(item.key, words.waiting);
      await new Promise((go) => setTimeout(go, Math.min(1000 * 2 ** tries, 20000)));
    }
  }
  uploads -= 1;
}
const transfer = (item, el, body) => new Promise((done) => {
  const request = new XMLHttpRequest();
  request.open("POST", "upload");
  request.setRequestHeader("X-Requested-With", "chat");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) status(item.key, fill("uploading", { percent: Math.round((100 * event.loaded) / event.total) }));
  });
  const stop = make("button", "stop", "✕");
  stop.type = "button";
  stop.setAttribute("aria-label", words.cancel);
  stop.addEventListener("click", () => request.abort());
  el.querySelector(".bubble").append(stop);
  const end = (code) => { stop.remove(); done({ code, text: request.responseText }); };
  request.addEventListener("load", () => end(request.status));
  request.addEventListener("error", () => end(0));
  request.addEventListener("timeout", () => end(0));
  request.addEventListener("abort", () => end(-1));
  request.timeout = 300000;
  request.send(body);
});
addEventListener("beforeunload", (event) => { if (uploads) event.preventDefault(); });

// ---------------------------------------------------------------- what is said, live

let source = null, heard = Date.now(), backoff = 800, again = null;
function connect() {
  clearTimeout(again);
  source?.close();
  heard = Date.now();
  source = new EventSource(`events?after=${newestRev}`);
  source.addEventListener("open", () => { heard = Date.now(); });
  source.addEventListener("line", (event) => {
    heard = Date.now();
    const line = JSON.parse(event.data);
    if (line.rev <= newestRev && bubbles.has(line.id)) return;
    newestRev = Math.max(newestRev, line.rev);
    place(line);
    if (backlogDone) tidy();
  });
  source.addEventListener("older", (event) => { hasOlder = JSON.parse(event.data).more; });
  source.addEventListener("ready", () => {
    heard = Date.now();
    backoff = 800;
    backlogDone = true;
    log.setAttribute("aria-busy", "false");
    banner.hidden = true;
    tidy();
    pump();
  });
  source.addEventListener("signed_out", () => { source.close(); location.href = "/"; });
  source.addEventListener("error", () => {
    banner.hidden = false;
    if (source.readyState === EventSource.CLOSED) lost();
  });
}
function lost() {
  banner.hidden = false;
  clearTimeout(again);
  again = setTimeout(connect, backoff + Math.random() * 500);
  backoff = Math.min(backoff * 2, 15000);
}
addEventListener("online", () => { connect(); pump(); });
addEventListener("offline", () => { banner.hidden = false; });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && (source.readyState !== EventSource.OPEN || Date.now() - heard > 60000)) connect();
  if (document.visibilityState === "visible") pump();
});

// ---------------------------------------------------------------- menu, announcements, keyboard of a phone

function announce(text) { $("announce").textContent = ""; setTimeout(() => { $("announce").textContent = text; }, 50); }
const menu = $("menu");
$("menu-open").addEventListener("click", () => menu.showModal());
menu.addEventListener("click", (event) => {
  if (event.target === menu) menu.close();
  const button = event.target.closest("button");
  if (!button) return;
  menu.close();
  if (button.dataset.say) push({ key: uuid(), text: button.dataset.say });
  if (button.id === "signout") $("sure").showModal();
});
$("sure").addEventListener("close", async () => {
  if ($("sure").returnValue !== "yes") return;
  try { await fetch("signout", { method: "POST", headers: { "X-Requested-With": "chat" } }); } catch { announce(words.offline); return; }
  keep("queue", null);
  keep("draft", null);
  location.href = "/";
});
const fit = () => {
  document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
  stick();
};
if (window.visualViewport) { visualViewport.addEventListener("resize", fit); fit(); }
connect();
