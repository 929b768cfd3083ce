// A bubble's words as nodes: bold, italic, addresses and commands; everything else is shown as it was typed.

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: "\u00a0" };
// No lookbehind: phones from before 2023 do not know it, and the whole script would fail on them.
const MARKED = /(https?:\/\/[^\s<>"“”]+)|(^|[\s(])(\/[a-z]{2,20})(?![\w/])/gm;

/** What the server sends (<b>, <i> and entities) as nodes. `press`, when given, is called with a command that is tapped. */
export function fromMarkup(markup, press) {
  const whole = document.createDocumentFragment();
  let at = whole;
  for (const token of markup.split(/(<\/?[bi]>)/)) {
    const tag = /^<(\/?)([bi])>$/.exec(token);
    if (tag && !tag[1]) at = at.appendChild(document.createElement(tag[2]));
    else if (tag && at !== whole && at.localName === tag[2]) at = at.parentNode;
    else if (token) at.append(fromText(decoded(token), press));
  }
  return whole;
}

/** What a person typed, as nodes. */
export function fromText(text, press) {
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(MARKED)) {
    const [, address, before, command] = found;
    const start = found.index + (before ?? "").length;
    let node;
    if (address) node = link(trimmed(address));
    else if (press) node = commandButton(command, press, start === 0 || text[start - 1] === "\n");
    if (!node) continue;
    whole.append(text.slice(from, start), node);
    from = start + node.textContent.length;
  }
  whole.append(text.slice(from));
  return whole;
}

function decoded(raw) {
  return raw.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,5});/gi, (whole, name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** An address without the sentence's own punctuation after it. */
function trimmed(address) {
  const bare = address.replace(/[.,;:!?'’»\]]+$/, "");
  return bare.endsWith(")") && !bare.includes("(") ? trimmed(bare.slice(0, -1)) : bare;
}

function link(address) {
  const a = document.createElement("a");
  a.href = address;
  a.textContent = address;
  a.rel = "noopener noreferrer";
  a.target = "_blank";
  return a;
}

function commandButton(command, press, isFirst) {
  const button = document.createElement("button");
  button.type = "button";
  // In a list of commands each has a line of its own, so there is room for a finger.
  button.className = isFirst ? "command first" : "command";
  button.textContent = command;
  button.addEventListener("click", () => press(command));
  return button;
}
