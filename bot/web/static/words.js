// @ts-check
// A bubble's words as nodes: bold, italic, addresses and commands; everything else is shown as it was typed.

/** @typedef {(command: string) => void} OnCommand what a tap on a command does */

/** @type {Record<string, string>} */
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: "\u00a0" };
// No lookbehind: phones from before 2023 do not know it, and the whole script would fail on them.
const MARKED = /(https?:\/\/[^\s<>"“”]+)|(^|[\s(])(\/[a-z]{2,20})(?![\w/])/gm;
const LAST_CODE_POINT = 0x10ffff;

/**
 * What the server sends (`<b>`, `<i>` and entities), as nodes.
 * @param {string} markup
 * @param {OnCommand | null} [onCommand] without it, commands are plain words
 */
export function fromMarkup(markup, onCommand = null) {
  const whole = document.createDocumentFragment();
  /** @type {DocumentFragment | HTMLElement} */
  let at = whole;
  for (const token of markup.split(/(<\/?[bi]>)/)) {
    const [, slash, tag] = /^<(\/?)([bi])>$/.exec(token) ?? [];
    if (tag && !slash) at = at.appendChild(document.createElement(tag));
    else if (tag && at instanceof HTMLElement && at.localName === tag) at = at.parentElement ?? whole;
    else if (token) at.append(fromText(decoded(token), onCommand));
  }
  return whole;
}

/**
 * What a person typed, as nodes.
 * @param {string} text
 * @param {OnCommand | null} [onCommand]
 */
export function fromText(text, onCommand = null) {
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(MARKED)) {
    const [, address, before = "", command = ""] = found;
    const start = (found.index ?? 0) + before.length;
    let node;
    if (address) node = link(withoutPunctuation(address));
    else if (onCommand) node = commandButton(command, onCommand, start === 0 || text[start - 1] === "\n");
    if (!node) continue;
    whole.append(text.slice(from, start), node);
    from = start + (node.textContent ?? "").length;
  }
  whole.append(text.slice(from));
  return whole;
}

/** @param {string} raw */
function decoded(raw) {
  return raw.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,5});/gi, (whole, /** @type {string} */ name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
  });
}

/**
 * An address without the sentence's own punctuation after it.
 * @param {string} address
 * @returns {string}
 */
function withoutPunctuation(address) {
  const bare = address.replace(/[.,;:!?'’»\]]+$/, "");
  return bare.endsWith(")") && !bare.includes("(") ? withoutPunctuation(bare.slice(0, -1)) : bare;
}

/** @param {string} address */
function link(address) {
  const a = document.createElement("a");
  a.href = address;
  a.textContent = address;
  a.rel = "noopener noreferrer";
  a.target = "_blank";
  return a;
}

/** @param {string} command @param {OnCommand} onCommand @param {boolean} isFirst */
function commandButton(command, onCommand, isFirst) {
  const button = document.createElement("button");
  button.type = "button";
  // In a list of commands each has a line of its own, so there is room for a finger.
  button.className = isFirst ? "command first" : "command";
  button.textContent = command;
  button.addEventListener("click", () => onCommand(command));
  return button;
}
