"""A screen as Telegram takes it: texts of its length, its HTML, inline buttons."""

import re
from collections.abc import Iterator
from html import unescape

from bot.conversation.vocabulary import Screen

#: Characters of a message's text, and of the words under a picture, counted without tags.
TEXT_LONGEST = 4096
CAPTION_LONGEST = 1024

_TAG = re.compile(r"<(/?)([bi])>")
_TOKEN = re.compile(r"<[^>]*>|&[#\w]+;|\s|[^\s<&]+|.", re.DOTALL)


def keyboard(screen: Screen) -> dict[str, object] | None:
    """The choices as an inline keyboard, in the words of the Bot API. Telegram cuts long labels itself."""
    if not screen.rows:
        return None
    return {
        "inline_keyboard": [
            [
                {"text": str(choice.label), "url": choice.url}
                if choice.url
                else {"text": str(choice.label), "callback_data": choice.action}
                for choice in row
            ]
            for row in screen.rows
        ]
    }


def length(html: str) -> int:
    """The characters that count: without tags, an entity as one; beyond the basic plane a character counts twice."""
    plain = unescape(_TAG.sub("", html)) if "<" in html or "&" in html else html
    return len(plain.encode("utf-16-le")) // 2


def parts(html: str, limit: int = TEXT_LONGEST) -> list[str]:
    """The text in parts of at most ``limit`` characters, cut between words where possible.

    Tags are closed and opened again around each cut.
    """
    if length(html) <= limit:
        return [html]
    return [part for part in _cut(html, limit) if _TAG.sub("", part).strip()]


def _cut(html: str, limit: int) -> Iterator[str]:
    open_tags: list[str] = []
    current, size = "", 0
    for token in _pieces(html, limit):
        tag = _TAG.fullmatch(token)
        if tag:
            if tag[1]:
                if tag[2] in open_tags:
                    open_tags.remove(tag[2])
            else:
                open_tags.append(tag[2])
            current += token
            continue
        weight = 1 if token.startswith("&") else sum(2 if ord(char) > 0xFFFF else 1 for char in token)
        if size + weight > limit:
            yield current.rstrip() + "".join(f"</{name}>" for name in reversed(open_tags))
            current = "".join(f"<{name}>" for name in open_tags)
            size = 0
            if token.isspace():
                continue
        current += token
        size += weight
    yield current


def _pieces(html: str, limit: int) -> Iterator[str]:
    """Words, spaces, tags and entities; a word longer than a message is cut."""
    for token in _TOKEN.findall(html):
        if len(token) * 2 <= limit or token.startswith(("<", "&")):
            yield token
        else:
            step = limit // 2
            for at in range(0, len(token), step):
                yield token[at : at + step]
