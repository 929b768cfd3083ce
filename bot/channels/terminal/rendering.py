"""Screens as a terminal shows them: plain text, bold where that is wanted, and what can be typed for the choices."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.channels.plain import plain
from bot.conversation.numbered import Menu

_BOLD, _NORMAL = "\x1b[1m", "\x1b[22m"
_CODE = re.compile(r"#(\d{1,6})([a-z]) ")
#: What could steer a terminal rather than be read on it: control characters but for tabs and line ends.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Typeable:
    """A choice: what is typed for it, what it says, and what it does."""

    typed: str
    label: str
    action: str


def printable(text: str) -> str:
    """A text without what would steer the terminal."""
    return _CONTROL.sub("", text)


def as_text(text: Markup, *, bold: bool = False) -> str:
    """A screen's text; ``bold``: with the terminal's signs for it."""
    safe = Markup(_CONTROL.sub("", str(text)))  # noqa: S704 - it was markup before
    if bold:
        safe = Markup(str(safe).replace("<b>", _BOLD).replace("</b>", _NORMAL))  # noqa: S704 - the bold signs are our own
    return plain(safe)


def codes_in(text: str) -> set[int]:
    """The numbers of the notices whose codes stand in a text."""
    return {int(found[1]) for line in text.splitlines() if (found := _CODE.match(line))}


def typeable(
    texts: Sequence[str], menu: Menu, offers: Mapping[int, Sequence[Sequence[str]]]
) -> list[tuple[Typeable, ...]]:
    """For each text of an answer the choices that it lists.

    ``menu`` is the pending list; ``offers`` are the choices of notices by their numbers.
    """
    found: list[list[Typeable]] = []
    for text in texts:
        lines = {line.strip() for line in text.splitlines()}
        mine = [
            Typeable(one.key or one.label, one.label, one.action)
            for one in menu.entries
            if (f"{one.key}. {one.label}" if one.key else f"– {one.label}") in lines
        ]
        for number in sorted(codes_in(text)):
            mine += [
                Typeable(f"#{number}{key}", label, action)
                for key, label, action in offers.get(number, ())
                if f"#{number}{key} {label}" in lines
            ]
        found.append(mine)
    # The words that are the same everywhere stand at the foot of the last text of the answer that has the list.
    foot = next((at for at in range(len(texts) - 1, -1, -1) if _has_words(texts[at], menu)), None)
    if foot is not None:
        found[foot] += [Typeable(one.key, _unsigned(one.label), one.action) for one in menu.words]
    return [tuple(one) for one in found]


def _has_words(text: str, menu: Menu) -> bool:
    last = text.splitlines()[-1] if text else ""
    return bool(menu.words) and all(f": {_unsigned(one.label)}" in last for one in menu.words)


def _unsigned(label: str) -> str:
    """A label without the sign before it, which is for buttons."""
    return label.lstrip("".join(char for char in label if not char.isalnum()))
