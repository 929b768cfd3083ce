"""What people wrote, shown to others: nothing in it can be pressed.

A messenger makes a button of every ``/word`` and ``@name`` at the beginning of a word, whoever wrote it; who reads a card
in a hurry would press what its author wants pressed.
"""

import re

from markupsafe import Markup

#: Invisible, breaks no line, and ends what messengers take for a command or a name.
_JOINER = "\u2060"
_LIVE = re.compile(r"(?<!&lt;)(?<![^\s>(\[{“”\"'«‘’,;:.!?…–—-])([/@])(?=\w)")


def quoted(text: str) -> Markup:
    """Words with nothing live in them; they read as before. What is no :class:`Markup` is escaped."""
    return Markup(_LIVE.sub(rf"\1{_JOINER}", Markup.escape(text)))  # noqa: S704 - escaped just now
