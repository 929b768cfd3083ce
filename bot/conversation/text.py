"""Cleaning, folding and cutting the texts that people type."""

import re
import unicodedata

from bot.conversation.invalid import Invalid

#: Zero-width and direction-changing characters: invisible, and able to make a text read otherwise than it is.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x061C,
        0x180E,
        0x200B,
        0x200E,
        0x200F,
        0x2028,
        0x2029,
        0x2060,
        0xFEFF,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_NO_WORD = re.compile(r"[^0-9a-z]+")
_JOINER = "\u200d"
_NAME_LENGTH = (2, 100)
#: A messenger makes a button of a word that begins like this.
_LIVE = re.compile(r"(?:^|\s)[/@]")


def clean(raw: str) -> str:
    """A typed text in NFC, without control and invisible characters, its spaces and blank lines tidied."""
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).translate(_INVISIBLE)
    # Nearly every text has only what can be printed, and Python knows that far sooner than a look at each character.
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = "".join(
            char
            for char in text
            if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co")
        )
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """The key for finding a text however it was typed: ``fold("Rạng Đông") == "rang dong"``."""
    if text.isascii():
        return " ".join(_NO_WORD.sub(" ", text.lower()).split())
    # Letters of mathematics and the like become plain ones, some of them capitals, so case goes last as well.
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).replace("đ", "d")
    kept = ("" if unicodedata.combining(char) else char if char.isalnum() else " " for char in bare)
    return " ".join("".join(kept).split())


def bare(text: str) -> str:
    """A text without the marks on its letters: ``bare("Rạng Đông") == "Rang Dong"``."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(char for char in apart if not unicodedata.combining(char)))


def same_key(text: str) -> str:
    """The key by which two names or numbers are the same: only case and spaces do not matter.

    Who somebody is may never hang on :func:`fold`: without their marks Hưng and Hùng are one.
    """
    return " ".join(clean(text).casefold().split())


def has_words(text: str) -> bool:
    """Whether there are at least two letters or digits: emoji and dots alone say nothing."""
    found = (True for char in text if char.isalnum())
    return next(found, False) and next(found, False)


def one_line(text: str, limit: int) -> str:
    """A text in one line of at most ``limit`` characters, cut with "…" where no character is torn apart."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    at = max(limit - 1, 0)
    while at > 0 and (
        unicodedata.combining(line[at]) or line[at] in (_JOINER, "\ufe0f") or line[at - 1] == _JOINER
    ):
        at -= 1
    return line[:at].rstrip() + "…"


def person_name(raw: str) -> str:
    """A person's name as one writes it: ``NGUYỄN VĂN A`` becomes ``Nguyễn Văn A``. Raises :class:`Invalid`."""
    name = " ".join(clean(raw).split())
    shortest, longest = _NAME_LENGTH
    if not shortest <= len(name) <= longest or any(char.isdigit() for char in name):
        raise Invalid("parse.name.unfit")
    if _LIVE.search(name):
        raise Invalid("parse.name.unfit")
    if sum(char.isalpha() for char in name) < shortest:
        raise Invalid("parse.name.unfit")
    if name.isupper() or name.islower():
        name = " ".join(word[:1].upper() + word[1:].lower() for word in name.split())
        # A few letters become two in the other case (ß), so a name may have grown.
        if len(name) > longest:
            raise Invalid("parse.name.unfit")
    return name
