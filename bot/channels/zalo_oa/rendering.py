"""A screen as an Official Account takes it: plain text of its length, and up to five buttons or a numbered list.

A tap comes back as a text, like anything that somebody types. So a button sends its own words, which mean the same
when they are typed, and which an old message cannot make mean something else: only the menu that is open now is asked
for them. Where two buttons have the same words, each sends its number in the list.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import unescape
from typing import Any

from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice

#: Characters of a message, buttons of one, and characters of what a button sends.
TEXT_LONGEST = 2000
BUTTONS = 5
PAYLOAD_LONGEST = 1000

_TAG = re.compile(r"</?[bi]>")
#: Where a long text is cut, the best place first: between paragraphs, lines, sentences, words.
_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;:])\s"), re.compile(r"\s"))


def plain(html: str) -> str:
    """The text as a person reads it: our two tags gone, entities as characters, composed as Zalo counts them."""
    return unicodedata.normalize("NFC", unescape(_TAG.sub("", html)))


def length(text: str) -> int:
    """How long Zalo may find a text: beyond the basic plane a character counts twice."""
    return len(text) + sum(char > "\uffff" for char in text)


def parts(text: str, limit: int = TEXT_LONGEST) -> list[str]:
    """The text in parts of at most ``limit``, cut where it hurts least, and never in the first half of a part."""
    found = []
    rest = text.strip()
    while length(rest) > limit:
        head = _fitting(rest, limit)
        cut = next(
            (last for place in _CUTS if (last := _last(place, head)) and last[0] * 2 >= len(head)),
            (len(head), len(head)),
        )
        found.append(rest[: cut[0]].rstrip())
        rest = rest[cut[1] :].lstrip()
    return [*found, rest] if rest else found


def _fitting(text: str, limit: int) -> str:
    """As much of the beginning as fits."""
    head = text[:limit]
    while length(head) > limit:
        head = head[: len(head) - (length(head) - limit + 1) // 2]
    return head


def _last(place: re.Pattern[str], text: str) -> tuple[int, int] | None:
    span = None
    for match in place.finditer(text):
        span = match.span()
    return span


def buttons(choices: Sequence[Choice], longest: int) -> list[dict[str, Any]] | None:
    """The choices as buttons with words of at most ``longest``; None when there are none, or more than fit."""
    if not 0 < len(choices) <= BUTTONS:
        return None
    words = Counter(fold(choice.label) for choice in choices if choice.action)
    found: list[dict[str, Any]] = []
    number = 0
    for choice in choices:
        title = cut(plain(choice.label), longest)
        if choice.url:
            found.append({"type": "oa.open.url", "title": title, "payload": {"url": choice.url}})
            continue
        number += 1
        is_clear = bool(fold(choice.label)) and words[fold(choice.label)] == 1
        sends = cut(plain(choice.label), PAYLOAD_LONGEST) if is_clear else str(number)
        found.append({"type": "oa.query.show", "title": title, "payload": sends})
    return found


def listed(text: str, choices: Sequence[Choice]) -> str:
    """The text with its choices below it, numbered; a link stands by itself, since it is opened and not chosen."""
    lines = []
    number = 0
    for choice in choices:
        if choice.url:
            lines.append(f"{plain(choice.label)}: {choice.url}")
        else:
            number += 1
            lines.append(f"{number}. {plain(choice.label)}")
    return "\n\n".join(part for part in (text, "\n".join(lines)) if part)


def cut(text: str, longest: int) -> str:
    """The text, cut with an ellipsis when it is too long."""
    if length(text) <= longest:
        return text
    return _fitting(text, longest - 1).rstrip() + "…"


def text_message(text: str) -> dict[str, Any]:
    """Words alone."""
    return {"text": text}


def buttons_message(text: str, shown: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Words with buttons."""
    payload = {"template_type": "button", "text": text, "buttons": list(shown)}
    return {"attachment": {"type": "template", "payload": payload}}


def picture_message(key: str, value: str, text: str) -> dict[str, Any]:
    """An uploaded picture, with words when there are any."""
    element = {"media_type": "image", key: value}
    payload = {"template_type": "media", "elements": [element]}
    words = {"text": text} if text else {}
    return {**words, "attachment": {"type": "template", "payload": payload}}


def file_message(key: str, value: str) -> dict[str, Any]:
    """An uploaded document, under the name that Zalo gave its id."""
    return {"attachment": {"type": "file", "payload": {key: value}}}
