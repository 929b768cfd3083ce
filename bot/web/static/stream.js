// @ts-check
// The live stream: read, watched over, and opened again whenever it breaks or falls silent.

// The server says something every 15 s. Two of those may be lost before the connection counts as dead.
const SILENCE_MS = 40_000;
const OPENING_MS = 15_000;
const LOOK_MS = 5000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Follow server-sent events. EventSource would hide the server's pings: on a phone that changed networks it would wait
 * for ever on a connection that nobody holds any more.
 * @param {object} parts
 * @param {() => string} parts.address where to read from now on
 * @param {Record<string, string>} parts.headers
 * @param {(name: string, data: unknown) => void} parts.heard gets each event
 * @param {() => void} parts.lost the stream broke
 */
export function follow({ address, headers, heard, lost }) {
  /** Each connection has a number, so that one that was given up is not listened to any more. */
  let newest = 0;
  /** @type {AbortController | null} */
  let reading = null;
  let heardAt = Date.now(), isOpen = false, failures = 0, retryTimer = 0, isStopped = false;

  async function start() {
    const number = (newest += 1);
    clearTimeout(retryTimer);
    retryTimer = 0;
    reading?.abort();
    reading = new AbortController();
    heardAt = Date.now();
    isOpen = false;
    let pause = 0;
    try {
      const answer = await fetch(address(), {
        headers: { ...headers, Accept: "text/event-stream" }, cache: "no-store", signal: reading.signal,
      });
      pause = 1000 * Number(answer.headers.get("Retry-After")) || 0;
      // A hotspot's own sign-in page answers 200 too.
      const isStream = (answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
      if (answer.ok && isStream && answer.body) await read(answer.body.getReader(), number);
    } catch {
      /* there is no network, or this page gave the connection up: the number tells */
    }
    if (number === newest && !isStopped) retry(pause);
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {number} number */
  async function read(reader, number) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || number !== newest) return;
      heardAt = Date.now();
      isOpen = true;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (number !== newest || isStopped) return;
        tell(block);
      }
    }
  }

  /** @param {string} block one event, or a comment */
  function tell(block) {
    let name = "message";
    const data = [];
    for (const row of block.split(/\r?\n/)) {
      const [, field, value = ""] = /^(\w+):? ?(.*)$/.exec(row) ?? [];
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
    }
    if (!data.length) return;
    if (name === "ready") failures = 0;
    heard(name, JSON.parse(data.join("\n")));
  }

  /** @param {number} pause in milliseconds, at least */
  function retry(pause) {
    isOpen = false;
    lost();
    const wait = Math.max(pause, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
    failures += 1;
    // When the server restarts, all streams break at once; they need not all come back at once.
    retryTimer = setTimeout(start, wait * (1 + Math.random() / 2));
  }

  const isDead = () => Date.now() - heardAt > (isOpen ? SILENCE_MS : OPENING_MS);

  function restart() {
    if (isStopped) return;
    failures = 0;
    start();
  }

  setInterval(() => {
    if (retryTimer || isStopped || !isDead()) return;
    lost();
    start();
  }, LOOK_MS);
  start();
  return {
    restart,
    /** Make sure that the stream lives, now. */
    kick() {
      if (retryTimer || isDead()) restart();
    },
    stop() {
      isStopped = true;
      clearTimeout(retryTimer);
      reading?.abort();
    },
  };
}
