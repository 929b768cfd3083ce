"""A screen as an Official Account takes it: plain text of its length, and up to five buttons below the last part.

A tap comes back as a text. What it says is decided where choices are laid out (``bot.conversation.numbered``).
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from bot.channels import plain as shared
from bot.conversation.vocabulary import Choice

#: Characters of a message, and buttons of one.
TEXT_LONGEST = 2000
BUTTONS = 5


def plain(text: Markup) -> str:
    """The text as a person reads it, composed as Zalo counts it."""
    return unicodedata.normalize("NFC", shared.plain(text))


def buttons(choices: Sequence[Choice], longest: int) -> list[dict[str, Any]]:
    """The choices as buttons with words of at most ``longest``. A tap says what the choice was laid out to say."""
    return [_button(choice, longest) for choice in choices]


def _button(choice: Choice, longest: int) -> dict[str, Any]:
    title = cut(unicodedata.normalize("NFC", choice.label), longest)
    if choice.url:
        return {"type": "oa.open.url", "title": title, "payload": {"url": choice.url}}
    # Not shown as a message of theirs: what it says is a mark, and no words.
    return {"type": "oa.query.hide", "title": title, "payload": choice.says}


def cut(text: str, longest: int) -> str:
    """The text, cut with an ellipsis when it is too long."""
    if shared.length(text) <= longest:
        return text
    return shared.parts(text, longest - 1)[0] + "…"


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
