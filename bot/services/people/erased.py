"""What is left where a person was erased."""

import re
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from bot.conversation.text import bare

#: What stands where a person's name was.
ERASED_NAME = "—"
#: A name of fewer words is also a word like others, once its marks are gone.
_WORDS_OF_A_NAME = 2


def spellings(name: str) -> Sequence[str]:
    """How people write a name: as it is, all in capitals or small letters, and without its marks."""
    plain = bare(name) if len(name.split()) >= _WORDS_OF_A_NAME else name
    found = dict.fromkeys(
        each for one in (name, plain) for each in (one, one.upper(), one.lower(), one.title())
    )
    return [one for one in found if one.strip() and one != ERASED_NAME]


def replacing(gone: Iterable[str], by: str) -> Callable[[str], str]:
    """A change of texts: each of these, also as it is written in HTML, becomes ``by``; the longest first."""
    looked_for = {one for one in gone if one} | {str(Markup.escape(one)) for one in gone if one}
    if not looked_for:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(one) for one in sorted(looked_for, key=len, reverse=True)))
    return lambda text: pattern.sub(by, text)
