"""Screens for messengers that know no markup: plain text, in parts as long as they take."""

import re
from html import unescape

from markupsafe import Markup

_TAG = re.compile(r"</?[bi]>")


def plain(text: Markup) -> str:
    """A text without our two tags, its entities as characters."""
    return unescape(_TAG.sub("", str(text)))


def length(text: str) -> int:
    """Characters as messengers count them: one beyond the basic plane counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts(text: str, limit: int) -> list[str]:
    """The text in parts of at most ``limit`` characters: whole lines where they fit, else whole words."""
    found: list[str] = []
    left = text.strip()
    while length(left) > limit:
        end = _reach(left, limit)
        at = max(left.rfind("\n", 0, end + 1), 0)
        if at < end // 2:
            at = max(left.rfind(" ", 0, end + 1), at)
        at = at or end
        found.append(left[:at].rstrip())
        left = left[at:].lstrip()
    return [*found, left] if left else found


def _reach(text: str, limit: int) -> int:
    """How many of the text's characters fit."""
    size = 0
    for at, char in enumerate(text):
        size += 2 if char > "\uffff" else 1
        if size > limit:
            return at
    return len(text)
