// The live stream of what is said: read, watched over, and opened again whenever it breaks or falls silent.

// The server says something every 15 s; two of those and a bit may be lost before the line counts as dead.
const SILENCE_MS = 40_000;
const OPENING_MS = 15_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Follow server-sent events. Read with fetch and not EventSource, since that hides the server's pings: on a phone that
 * changed networks it would wait for ever on a connection that nobody holds any more.
 *
 * `address()` gives where to read from now on; `heard(name, data)` gets each event; `lost()` is called whenever the
 * stream breaks. Returns `{ kick, isOpen }`; `kick()` makes sure that the stream lives, now.
 */
export function follow({ address, headers, heard, lost }) {
  let turn = 0, reading = null, last = Date.now(), open = false, failures = 0, again = 0, stopped = false;

  async function start() {
    const mine = (turn += 1);
    clearTimeout(again);
    again = 0;
    reading?.abort();
    reading = new AbortController();
    last = Date.now();
    open = false;
    let pause = 0;
    try {
      const answer = await fetch(address(), {
        headers: { ...headers, Accept: "text/event-stream" }, cache: "no-store", signal: reading.signal,
      });
      pause = 1000 * Number(answer.headers.get("Retry-After")) || 0;
      // A hotspot's own sign-in page answers 200 too.
      if (answer.ok && (answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
        await read(answer.body.getReader(), mine);
      }
    } catch { /* no network, or given up by ourselves: both are told apart by the turn */ }
    if (mine === turn && !stopped) retry(pause);
  }

  async function read(reader, mine) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || mine !== turn) return;
      last = Date.now();
      open = true;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        if (mine !== turn || stopped) return;
        tell(block);
      }
    }
  }

  function tell(block) {
    let name = "message", data = [];
    for (const row of block.split(/\r?\n/)) {
      const [, field, value] = /^(\w+):? ?(.*)$/.exec(row) ?? [];
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
    }
    if (!data.length) return;
    if (name === "ready") failures = 0;
    heard(name, JSON.parse(data.join("\n")));
  }

  function retry(pause) {
    open = false;
    lost();
    const wait = Math.max(pause, Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
    failures += 1;
    // Everybody's stream breaks at once when the server is restarted; they need not all come back at once.
    again = setTimeout(start, wait * (1 + Math.random() / 2));
  }

  const isDead = () => Date.now() - last > (open ? SILENCE_MS : OPENING_MS);

  function kick() {
    if (stopped) return;
    if (again || isDead()) { failures = 0; start(); }
  }

  setInterval(() => { if (!again && !stopped && isDead()) { lost(); start(); } }, 5000);
  start();
  return {
    kick,
    restart: () => { if (stopped) return; failures = 0; start(); },
    stop: () => { stopped = true; clearTimeout(again); reading?.abort(); },
  };
}
