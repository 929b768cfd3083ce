// What is on its way to the server: one thing after the other, each with its own key, kept until it has arrived.

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** A request that makes no progress for so long is tried again. */
const STALL_MS = { send: 20_000, upload: 60_000 };
/** The server fails on this very message: it must not hold up what comes after it for ever. */
const MOST_CRASHES = 8;

/**
 * The queue. An item is `{ key, at, text }`, `{ key, at, action, line, label }` or `{ key, at, file, album }`, with a
 * `state` of "waiting", "sending", "sent" or "failed"; `waited` says that it was tried in vain. Files are not kept over
 * a reload, everything else is.
 *
 * `changed(item)` is called when an item's state or its `share` (0 to 1 of a file) changes; `signedOut()` when the
 * server no longer knows this browser.
 */
export function outbox({ shelf, headers, changed, signedOut }) {
  let items = shelf.all("out:").map((item) => ({ ...item, kept: true, state: item.error == null ? "waiting" : "failed" }));
  items.sort((a, b) => a.order - b.order);
  let begun = false, request = null, current = null, timer = 0, failures = 0, stopped = false;

  const keep = (item) => {
    if (item.file || stopped) return;
    const { state, share, waited, crashes, kept, ...lasting } = item;
    item.kept = shelf.put(`out:${item.key}`, lasting);
  };
  const drop = (item) => {
    items = items.filter((other) => other !== item);
    shelf.put(`out:${item.key}`, null);
  };
  const become = (item, state, error = null) => {
    item.state = state;
    item.error = error;
    changed(item);
  };

  function add(item) {
    item.order = Math.max(Date.now(), (items[items.length - 1]?.order ?? 0) + 1);
    item.state = "waiting";
    items.push(item);
    keep(item);
    changed(item);
    // Once the whole album is in the queue: all but its last picture say that others come.
    queueMicrotask(pump);
    return item;
  }

  function pump() {
    if (!begun || current || timer || stopped) return;
    const item = items.find((one) => one.state === "waiting");
    if (!item) return;
    // Another window of the same person may have sent it meanwhile.
    if (item.kept && !shelf.has(`out:${item.key}`)) {
      items = items.filter((other) => other !== item);
      become(item, "sent");
      pump();
      return;
    }
    current = item;
    become(item, "sending");
    if (item.file) {
      const form = new FormData();
      form.append("key", item.key);
      form.append("album", item.album);
      if (items.some((other) => other !== item && other.album === item.album && other.state === "waiting")) form.append("more", "1");
      form.append("file", item.file, item.file.name);
      post("upload", form, (answer) => settle(item, answer), (share) => { item.share = share; changed(item); });
    } else {
      const { key, text, action, line, label } = item;
      post("send", JSON.stringify({ key, text, action, line, label }), (answer) => settle(item, answer));
    }
  }

  function post(where, body, done, progress) {
    const xhr = new XMLHttpRequest();
    const mine = (request = { xhr, moved: Date.now() });
    let stall = 0;
    const moved = () => {
      mine.moved = Date.now();
      clearTimeout(stall);
      stall = setTimeout(() => xhr.abort(), STALL_MS[where]);
    };
    xhr.open("POST", where);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    if (typeof body === "string") xhr.setRequestHeader("Content-Type", "application/json");
    if (progress) xhr.upload.onprogress = (event) => { moved(); if (event.lengthComputable) progress(event.loaded / event.total); };
    xhr.onloadend = () => {
      clearTimeout(stall);
      request = null;
      let json = null;
      try { json = JSON.parse(xhr.responseText); } catch { /* not from us: a proxy, or a hotspot's own page */ }
      done({ status: xhr.status, json, pause: Number(json?.retry_after ?? xhr.getResponseHeader("Retry-After")) || 0 });
    };
    moved();
    xhr.send(body);
  }

  function settle(item, { status, json, pause }) {
    if (stopped) return;
    current = null;
    if (!items.includes(item)) { pump(); return; }  // cancelled, or already in the transcript
    // Only our own yes counts: a hotspot that wants a sign-in answers 200 as well.
    if (status === 200 && json?.ok) {
      failures = 0;
      drop(item);
      become(item, "sent");
      pump();
    } else if (status === 401 && json) {
      signedOut();
    } else if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
      fail(item, json?.error ?? "", status);
    } else {
      item.crashes = (item.crashes ?? 0) + (status === 500 ? 1 : 0);
      if (item.crashes >= MOST_CRASHES) { item.crashes = 0; fail(item, "", status); return; }
      item.waited = true;
      item.share = 0;
      become(item, "waiting");
      const wait = Math.max(1000 * pause, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
      failures += 1;
      timer = setTimeout(resume, wait + Math.random() * 500);
    }
  }

  function fail(item, error, status) {
    failures = 0;
    item.status = status;
    become(item, "failed", error);
    keep(item);
    pump();
  }

  function resume() {
    clearTimeout(timer);
    timer = 0;
    pump();
  }

  return {
    add,
    get items() { return items; },
    /** Begin to send; what is left of an earlier visit goes first. */
    begin() { begun = true; pump(); },
    /** The network may be back: do not wait any longer. */
    kick() {
      if (request && Date.now() - request.moved > 4000) request.xhr.abort();
      failures = 0;
      resume();
    },
    /** The server's transcript has it. */
    arrived(key) {
      const item = items.find((one) => one.key === key);
      if (item) drop(item);
      else shelf.put(`out:${key}`, null);
    },
    retry(item) {
      items = [...items.filter((one) => one !== item), item];
      item.order = Date.now();
      item.share = 0;
      item.waited = false;
      become(item, "waiting");
      keep(item);
      resume();
    },
    cancel(item) {
      drop(item);
      if (current === item) request?.xhr.abort();
    },
    /** Send nothing any more, and forget what there is. */
    stop() {
      stopped = true;
      clearTimeout(timer);
      request?.xhr.abort();
      for (const item of items) shelf.put(`out:${item.key}`, null);
      items = [];
    },
    hasFiles: () => items.some((item) => item.file && item.state !== "failed"),
  };
}
