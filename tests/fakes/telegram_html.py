"""Telegram's own HTML, read as strictly as its server reads it."""

import re
from dataclasses import dataclass

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_TAG = re.compile(r"<(/?)([^\s>/]*)([^>]*)>")
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")


class CannotParse(ValueError):
    """The text is not Telegram's HTML; the message is what Telegram's server says."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of formatted text; offset and length in UTF-16 units, as Telegram counts."""

    kind: str
    offset: int
    length: int
    url: str | None = None

    def as_json(self) -> dict[str, object]:
        """As in a Message's ``entities``."""
        found: dict[str, object] = {"type": self.kind, "offset": self.offset, "length": self.length}
        if self.url is not None:
            found["url"] = self.url
        return found


def utf16_length(text: str) -> int:
    """How long Telegram finds a text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(html: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities. Raises :class:`CannotParse` with the server's words."""
    if "<" not in html and "&" not in html:
        return html, []
    plain: list[str] = []
    entities: list[Entity] = []
    opened: list[tuple[str, int, int, str | None]] = []
    length = at = 0

    def put(text: str) -> None:
        nonlocal length
        read = _ENTITY.sub(_character, text)
        plain.append(read)
        length += utf16_length(read)

    while (start := html.find("<", at)) >= 0:
        put(html[at:start])
        byte = len(html[:start].encode())
        found = _TAG.match(html, start)
        if found is None:
            end = "end" if html.startswith("</", start) else "start"
            raise CannotParse(f"Unclosed {end} tag at byte offset {byte}")
        closing, name, rest = found[1], found[2].lower(), found[3]
        at = found.end()
        if closing:
            if not opened:
                raise CannotParse(f"Unexpected end tag at byte offset {byte}")
            tag, _, since, url = opened.pop()
            if rest.strip() or (name and name != tag):
                raise CannotParse(
                    f'Unmatched end tag at byte offset {byte}, expected "</{tag}>", found "</{name}{rest}>"'
                )
            if length > since:
                entities.append(Entity(_TAGS[tag], since, length - since, url))
        else:
            if name not in _TAGS:
                raise CannotParse(f'Unsupported start tag "{name}" at byte offset {byte}')
            opened.append((name, byte, length, _address(name, rest, byte)))
    put(html[at:])
    if opened:
        tag, byte, _, _ = opened[-1]
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{tag}"')
    return "".join(plain), sorted(entities, key=lambda e: (e.offset, -e.length))


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def _address(name: str, rest: str, byte: int) -> str | None:
    attributes: dict[str, str] = {}
    at = 0
    while rest[at:].strip():
        found = _ATTRIBUTE.match(rest, at)
        if found is None:
            raise CannotParse(f'Empty attribute name in the tag "{name}" at byte offset {byte}')
        attributes[found[1].lower()] = (found[2] or "").strip("\"'")
        at = found.end()
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise CannotParse(f'Tag "span" must have class "tg-spoiler" at byte offset {byte}')
    return _ENTITY.sub(_character, attributes.get("href", "")) if name == "a" else None
