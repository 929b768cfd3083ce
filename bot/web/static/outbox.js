// @ts-check
// What is on its way to the server: one item after the other, each with its own key, kept until it has arrived.

/** @import { SendAnswer, SendBody } from "../shapes.d.ts" */

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** A request without progress for this long is tried again. */
const STALL_MS = { send: 20_000, upload: 60_000 };
/** A request that stood still for this long when the network came back is given up. */
const HANGS_MS = 4000;
/** After this many crashes of the server on one item, the item stops holding up what comes after it. */
const MOST_CRASHES = 8;

/**
 * A message (`text`), a press (`action`, `line`, `label`) or a file (`file`, `album`).
 * @typedef {object} NewItem
 * @property {string} key
 * @property {string} at ISO 8601
 * @property {string} [text]
 * @property {string} [action]
 * @property {number} [line] the bubble that the pressed button belongs to
 * @property {string} [label] what the pressed button says
 * @property {File} [file]
 * @property {string} [album] the same for files that were sent together
 *
 * @typedef {object} Progress
 * @property {"waiting" | "sending" | "sent" | "failed"} state
 * @property {number} order items are sent from the lowest to the highest
 * @property {number} [share] how much of a file has been sent, from 0 to 1
 * @property {boolean} [waited] it was tried in vain
 * @property {boolean} [kept] it would survive a reload
 * @property {number} [crashes]
 * @property {number} [status] of the answer that refused it
 * @property {string | null} [error] the server's words on why it refused it
 *
 * @typedef {NewItem & Progress} Item
 *
 * Where items outlive a reload.
 * @typedef {object} Shelf
 * @property {(name: string) => boolean} has
 * @property {(name: string, value: unknown) => boolean} put
 * @property {(start: string) => any[]} all
 *
 * @typedef {{ status: number, json: SendAnswer | null, pause: number }} Answer `pause` is in milliseconds
 */

/**
 * Make the queue. Files do not survive a reload, everything else does.
 * @param {object} parts
 * @param {Shelf} parts.shelf
 * @param {Record<string, string>} parts.headers
 * @param {(item: Item) => void} parts.changed an item's state changed, or its `share`
 * @param {() => void} parts.signedOut the server no longer knows this browser
 */
export function outbox({ shelf, headers, changed, signedOut }) {
  /** @type {Item[]} */
  let items = shelf.all("out:")
    .filter((item) => item.key)
    .map((item) => ({ ...item, kept: true, state: item.error == null ? "waiting" : "failed" }));
  items.sort((a, b) => a.order - b.order);
  /** @type {{ xhr: XMLHttpRequest, movedAt: number } | null} */
  let request = null;
  /** @type {Item | null} */
  let current = null;
  let hasBegun = false, timer = 0, failures = 0, isStopped = false;

  /** @param {Item} item */
  function keep(item) {
    if (item.file || isStopped) return;
    const { state, share, waited, crashes, kept, ...lasting } = item;
    item.kept = shelf.put(`out:${item.key}`, lasting);
  }
  /** @param {Item} item */
  function drop(item) {
    items = items.filter((other) => other !== item);
    shelf.put(`out:${item.key}`, null);
  }
  /** @param {Item} item @param {Progress["state"]} state @param {string | null} [error] */
  function become(item, state, error = null) {
    item.state = state;
    item.error = error;
    changed(item);
  }

  /** @param {NewItem} fresh */
  function add(fresh) {
    const order = Math.max(Date.now(), (items[items.length - 1]?.order ?? 0) + 1);
    /** @type {Item} */
    const item = { ...fresh, order, state: "waiting" };
    items.push(item);
    keep(item);
    changed(item);
    // Only once the whole album is in the queue: all but its last picture tell the server that others follow.
    queueMicrotask(pump);
    return item;
  }

  /** Send the next item, unless one is being sent. */
  function pump() {
    if (!hasBegun || current || timer || isStopped) return;
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
    if (item.file) upload(item, item.file);
    else send(item);
  }

  /** @param {Item} item */
  function send(item) {
    const { key, text, action, line, label } = item;
    /** @type {SendBody} */
    const body = { key, text, action, line, label };
    post("send", JSON.stringify(body), (answer) => settle(item, answer));
  }

  /** @param {Item} item @param {File} file */
  function upload(item, file) {
    const form = new FormData();
    form.append("key", item.key);
    form.append("album", item.album ?? "");
    const isMore = items.some((other) => other !== item && other.album === item.album && other.state === "waiting");
    if (isMore) form.append("more", "1");
    form.append("file", file, file.name);
    post("upload", form, (answer) => settle(item, answer), (share) => {
      item.share = share;
      changed(item);
    });
  }

  /**
   * @param {"send" | "upload"} where
   * @param {string | FormData} body
   * @param {(answer: Answer) => void} done
   * @param {(share: number) => void} [progress]
   */
  function post(where, body, done, progress) {
    const xhr = new XMLHttpRequest();
    const ours = (request = { xhr, movedAt: Date.now() });
    let stall = 0;
    const moved = () => {
      ours.movedAt = Date.now();
      clearTimeout(stall);
      stall = setTimeout(() => xhr.abort(), STALL_MS[where]);
    };
    xhr.open("POST", where);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    if (typeof body === "string") xhr.setRequestHeader("Content-Type", "application/json");
    if (progress) {
      xhr.upload.onprogress = (event) => {
        moved();
        if (event.lengthComputable) progress(event.loaded / event.total);
      };
    }
    xhr.onloadend = () => {
      clearTimeout(stall);
      request = null;
      /** @type {SendAnswer | null} */
      let json = null;
      try {
        json = JSON.parse(xhr.responseText);
      } catch {
        /* not from our server: a proxy, or a hotspot's own page */
      }
      const pause = 1000 * Number(json?.retry_after ?? xhr.getResponseHeader("Retry-After")) || 0;
      done({ status: xhr.status, json, pause });
    };
    moved();
    xhr.send(body);
  }

  /** @param {Item} item @param {Answer} answer */
  function settle(item, { status, json, pause }) {
    if (isStopped) return;
    current = null;
    // It was cancelled, or the transcript has it already.
    if (!items.includes(item)) {
      pump();
      return;
    }
    // Only our server's own yes counts: a hotspot that wants a sign-in answers 200 as well.
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
      tryLater(item, status, pause);
    }
  }

  /** @param {Item} item @param {number} status @param {number} pause in milliseconds */
  function tryLater(item, status, pause) {
    item.crashes = (item.crashes ?? 0) + (status === 500 ? 1 : 0);
    if (item.crashes >= MOST_CRASHES) {
      item.crashes = 0;
      fail(item, "", status);
      return;
    }
    item.waited = true;
    item.share = 0;
    become(item, "waiting");
    const wait = Math.max(pause, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
    failures += 1;
    // Phones that lost the server together need not all come back together.
    timer = setTimeout(resume, wait + Math.random() * 500);
  }

  /** @param {Item} item @param {string} error @param {number} status */
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
    begin() {
      hasBegun = true;
      pump();
    },
    /** The network may be back: do not wait any longer. */
    kick() {
      if (request && Date.now() - request.movedAt > HANGS_MS) request.xhr.abort();
      failures = 0;
      resume();
    },
    /**
     * The server's transcript has this item.
     * @param {string} key
     */
    arrived(key) {
      const item = items.find((one) => one.key === key);
      if (item) drop(item);
      else shelf.put(`out:${key}`, null);
    },
    /** @param {Item} item */
    retry(item) {
      items = [...items.filter((one) => one !== item), item];
      item.order = Date.now();
      item.share = 0;
      item.waited = false;
      become(item, "waiting");
      keep(item);
      resume();
    },
    /** @param {Item} item */
    cancel(item) {
      drop(item);
      if (current === item) request?.xhr.abort();
    },
    /** Send nothing any more, and forget what there is. */
    stop() {
      isStopped = true;
      clearTimeout(timer);
      request?.xhr.abort();
      for (const item of items) shelf.put(`out:${item.key}`, null);
      items = [];
    },
    hasFiles: () => items.some((item) => item.file && item.state !== "failed"),
  };
}
