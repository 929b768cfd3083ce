"""What somebody types who reads a list of choices on a phone without buttons."""

import re

_LINE = re.compile(r"^(?:(#?\d+[a-z]?|[a-z])[.]? )(.*)$")


def typed_for(text: str, label: str) -> str | None:
    """What one types for a choice that a message lists: its number, letter, code or word; None when it is not there."""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found and (found[2] == label or label in found[2]):
            return found[1]
    foot = text.splitlines()[-1] if text else ""
    for hint in foot.split(" · "):
        word, _, what = hint.partition(": ")
        if what and (what == label or what in label):
            return word
    return None
