"""The parameters of one request, whichever way they were written, and Telegram's refusals."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_html import CannotParse, Entity, parse, utf16_length
from tests.fakes.telegram_state import Button, Json

_HOST = re.compile(r"^(https?|tg|tonsite)://[^/\s?#]*[^/\s?#.]", re.IGNORECASE)


class Refused(Exception):
    """A request that Telegram would not carry out."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        """The HTTP status, the words, and what goes into ``parameters``."""
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str) -> Refused:
    """400, with the words that Telegram puts in front."""
    return Refused(400, f"Bad Request: {description}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Params:
    """What came with a request: values as JSON or as text, and files by their part's name."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text, empty when absent."""
        value = self.values.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """A whole number. Raises :class:`Refused` when it is none."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        """A yes or no, in any of the ways that Telegram takes."""
        return self.text(name).lower() in ("true", "yes", "1")

    def structure(self, name: str) -> Any:
        """An object or list, given as such or as JSON text. Raises :class:`Refused` if unreadable."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def chat_id(self) -> int | None:
        """The chat that the request is about, if any."""
        try:
            return int(self.values["chat_id"])
        except (KeyError, TypeError, ValueError):
            return None


def formatted(source: str, mode: str, entities: Any) -> tuple[str, list[Json]]:
    """The plain text and its entities, trimmed as Telegram trims. Raises :class:`Refused`."""
    if mode and mode.lower() != "html":
        raise bad(f"unsupported parse_mode {mode!r}: this stand-in knows HTML only")
    if not mode:
        return source.strip(), list(entities or [])
    try:
        plain, found = parse(source)
    except CannotParse as caught:
        raise bad(f"can't parse entities: {caught}") from None
    lead = utf16_length(plain) - utf16_length(plain.lstrip())
    trimmed = plain.strip()
    whole = utf16_length(trimmed)
    shown = []
    for e in found:
        start, end = max(0, e.offset - lead), min(whole, e.offset - lead + e.length)
        if start < end:
            shown.append(Entity(e.kind, start, end - start, e.url).as_json())
    return trimmed, shown


def message_text(params: Params) -> tuple[str, str, list[Json]]:
    """(plain, as written, entities) of a ``text`` parameter. Raises :class:`Refused`."""
    source = params.text("text")
    if not source:
        raise bad("message text is empty")
    plain, entities = formatted(source, params.text("parse_mode"), params.structure("entities"))
    if not plain:
        raise bad("text must be non-empty")
    if utf16_length(plain) > 4096:
        raise bad("message is too long")
    return plain, source, entities


def caption(source: str, mode: str, entities: Any) -> tuple[str, str, list[Json]]:
    """(plain, as written, entities) of a caption. Raises :class:`Refused`."""
    plain, found = formatted(source, mode, entities)
    if utf16_length(plain) > 1024:
        raise bad("message caption is too long")
    return plain, source, found


def inline_rows(markup: Any) -> list[list[Button]]:
    """The inline buttons of a ``reply_markup``; none for other keyboards. Raises :class:`Refused`."""
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if not markup.keys() & {"keyboard", "remove_keyboard", "force_reply"}:
            raise bad("can't parse reply keyboard markup JSON object")
        return []
    rows = [[_button(button) for button in row] for row in markup["inline_keyboard"]]
    # Telegram takes 100 buttons; a row of more than eight is cut by the apps, so it is refused here.
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    return [row for row in rows if row]


def _button(raw: Any) -> Button:
    label, data, url = raw.get("text"), raw.get("callback_data"), raw.get("url")
    if not isinstance(label, str) or not label.strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if data is not None and not 1 <= len(data.encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if url is not None:
        host = _HOST.match(url)
        if host is None or (host[1].lower().startswith("http") and "." not in host[0]):
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if data is None and url is None and not raw.keys() - {"text"}:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return Button(label, data, url)
