"""Choices where there are no buttons: a numbered list under the text, and what somebody typed who read it.

Pure: screens and a pending menu go in, screens and the menu that is pending from now on come out. Only the last list
that somebody was shown in answer to their own message has numbers. What the bot says by itself in between has codes
(``#12a``) that are used once and never again, so that it can take no number away from the question that somebody is
in the middle of; and a list that was not on the phone yet when a number was typed presses nothing.

Some messengers have a few buttons whose tap comes back as a text. Such a tap says which choice it was of (``~`` and a
mark of what it does), so that a button of an older message presses nothing but what it was made for.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from string import ascii_lowercase
from typing import Any, Self

from markupsafe import Markup

from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Row, Sayer, Screen

#: A list longer than this comes in pages of so many; what is on later pages has its number already.
LONGEST = 20
PAGE = 15
#: Nobody reads a list and types its number within this time of its being made, in milliseconds.
SOONEST_MS = 1_000
#: How much of a text must be known already for a change of it to be said by its new lines alone.
_KNOWN_PART = 0.5
_SHORT = 4

_NUMBER = re.compile(r"(?:(?:so|chon|muc)\s+)?(\d{1,3})\s*[.)]?", re.IGNORECASE)
_LETTER = re.compile(r"([a-z])\s*[.)]?", re.IGNORECASE)
_CODE = re.compile(r"(#)?\s*(\d{1,6})\s*([a-z])", re.IGNORECASE)
#: What a tap says, and how many bytes its mark has.
_TAP = re.compile(r"~[0-9a-f]{16}")
_TAP_BYTES = 8
_KEYCAP = {0xFE0F: None, 0x20E3: None}
#: Folded words for the rest of a long list.
_MORE = frozenset({"tiep", "xem tiep", "xem them", "more", "next"})
_RANK = re.compile(r"^\d+\.\s+")
#: A count in brackets behind a label is nothing that one types.
_COUNT = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of a list: what is typed for it, what it says, and what it does."""

    key: str
    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The list that is pending in a chat."""

    entries: tuple[ListEntry, ...] = ()
    #: Choices that have the same word on every screen: "0", "huy", "menu".
    words: tuple[ListEntry, ...] = ()
    #: How many of the entries have been shown.
    shown: int = 0
    #: Whether the question may also be answered in one's own words; the list then has letters.
    asks_words: bool = False
    #: When it was made, in milliseconds of the epoch.
    made_ms: int = 0
    #: Fingerprints of the lines of the text above it.
    lines: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As stored; what is empty is left out."""
        body: dict[str, Any] = {name: getattr(self, name) for name in ("shown", "asks_words", "made_ms")}
        body["lines"] = list(self.lines)
        for name, entries in (("entries", self.entries), ("words", self.words)):
            body[name] = [[one.key, one.label, one.action] for one in entries]
        return {name: value for name, value in body.items() if value}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Back from :meth:`to_json`."""
        rest = dict(body)
        for name in ("entries", "words"):
            rest[name] = tuple(ListEntry(*one) for one in rest.get(name, ()))
        rest["lines"] = tuple(rest.get("lines", ()))
        return cls(**rest)


@dataclass(frozen=True, slots=True)
class Pressed:
    """It is this choice."""

    action: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """It cannot be any of them; ``key`` is the sentence that says why (``numbers.*``)."""

    key: str
    typed: str


@dataclass(frozen=True, slots=True)
class More:
    """The rest of the list is wanted."""


Found = Pressed | Unfit | More


# ---------------------------------------------------------------- what is typed


def find(menu: Menu, raw: str, written_ms: int = 0) -> Found | None:
    """What a text means while a menu is pending; None when it is no choice but something to be read otherwise.

    ``written_ms``: when it was written, 0 where nobody knows.
    """
    text = unicodedata.normalize("NFKC", raw).translate(_KEYCAP).strip()
    if not text or text.startswith("/"):
        return None
    if _TAP.fullmatch(text):
        return _tapped(menu, text)
    word = fold(text)
    for one in menu.words:
        if word and word == fold(one.key):
            return Pressed(one.action)
    key = _key(menu, text)
    if key is not None:
        for one in menu.entries:
            if one.key == key:
                is_early = written_ms and written_ms < menu.made_ms + SOONEST_MS
                return Unfit("numbers.too_early", text) if is_early else Pressed(one.action)
        if key.isdecimal() and menu.entries and key != "0":
            return Unfit("numbers.not_there", text)
    if word in _MORE and menu.shown < len(menu.entries):
        return More()
    named = {one.action for one in menu.entries if word and word in _names(one.label)}
    if len(named) > 1:
        return Unfit("numbers.twice", text)
    return Pressed(named.pop()) if named else None


def tap(action: str) -> str:
    """What a tap on a choice says: the same for the same action, whenever the button was made."""
    return "~" + hashlib.blake2b(action.encode(), digest_size=_TAP_BYTES).hexdigest()


def _tapped(menu: Menu, said: str) -> Found:
    for one in (*menu.words, *menu.entries):
        if tap(one.action) == said:
            return Pressed(one.action)
    return Unfit("numbers.old_tap", "")


def _key(menu: Menu, text: str) -> str | None:
    """The key that a text may be: a letter where words are asked for, else a number."""
    if menu.asks_words:
        letter = _LETTER.fullmatch(text)
        return letter[1].lower() if letter and letter[1].isascii() else None
    number = _NUMBER.fullmatch(_plain(text))
    return str(int(number[1])) if number else None


def _plain(text: str) -> str:
    """Without diacritics, and with the marks that folding would drop."""
    bare = unicodedata.normalize("NFD", text)
    return "".join(char for char in bare if not unicodedata.combining(char))


@lru_cache(maxsize=2_048)
def _names(label: str) -> tuple[str, str]:
    """What may be typed for a label; the same few stand on nearly all lists."""
    return fold(label), fold(_COUNT.sub("", label))


def find_code(raw: str, *, bare: bool) -> tuple[int, str] | None:
    """The notice and the letter of a code (``#12a``); with ``bare`` also without its mark."""
    found = _CODE.fullmatch(unicodedata.normalize("NFKC", raw).strip())
    if found is None or not (found[1] or bare):
        return None
    return int(found[2]), found[3].lower()


# ---------------------------------------------------------------- what is shown


def lay_out(
    screens: Sequence[Screen], say: Sayer, made_ms: int, before: Menu | None, *, taps: int = 0
) -> tuple[tuple[Screen, ...], Menu | None]:
    """The screens of an answer with their choices as lists; and the menu from now on, None where none was shown.

    All lists of an answer count on from each other. Where no screen has more than ``taps`` choices, they stay what
    can be tapped, and may be typed all the same. ``before`` is the menu that was pending: of a text that changes
    in place elsewhere, only what is new since then is said.
    """
    fresh = [screen for screen in screens if screen.text]
    asks_words = any(screen.asks_words for screen in fresh)
    choices = [choice for screen in fresh for choice in screen.choices]
    words = _words(choices)
    can_tap = _can_tap(fresh, taps)
    entries: list[ListEntry] = []
    laid_out = []
    shown = 0
    for screen in fresh:
        numbered = [choice for choice in screen.choices if choice.action and not choice.word]
        mine = [
            ListEntry(_key_at(len(entries) + at, letters=asks_words), _label(choice), choice.action)
            for at, choice in enumerate(numbered)
        ]
        entries += mine
        first = mine if len(entries) <= LONGEST else mine[: max(PAGE - shown, 0)]
        shown += len(first)
        text = _briefly(screen, before) if screen.in_place else screen.text
        if can_tap:
            laid_out.append(
                replace(screen, text=text, rows=_to_tap(screen, lambda choice: tap(choice.action)))
            )
            continue
        links = [f"{_label(choice)}: {choice.url}" for choice in screen.choices if choice.url]
        laid_out.append(_with_lines(screen, text, [*_lines(first), *links]))
    if not choices:
        return tuple(laid_out), None
    menu = Menu(
        tuple(entries),
        words,
        shown,
        asks_words,
        made_ms,
        tuple(dict.fromkeys(mark for screen in fresh for mark in _fingerprints(screen.text))),
    )
    if not can_tap:
        last = laid_out[-1]
        laid_out[-1] = replace(last, text=last.text + _foot(menu, say))
    return tuple(laid_out), menu


def _can_tap(screens: Sequence[Screen], taps: int) -> bool:
    """Whether what there is to choose can be tapped; a long list on one screen makes a list of all of them."""
    return taps > 0 and all(len(screen.choices) <= taps for screen in screens)


def _to_tap(screen: Screen, says: Callable[[Choice], str]) -> tuple[Row, ...]:
    """A screen's choices, each with what a tap says; what opens an address says nothing."""
    return tuple(
        tuple(
            replace(choice, label=_label(choice), says="" if choice.url else says(choice)) for choice in row
        )
        for row in screen.rows
    )


def again(menu: Menu, say: Sayer, reason: Markup, *, taps: int = 0) -> Screen:
    """The pending list once more, with why."""
    pending = (*menu.entries, *menu.words)
    if 0 < len(pending) <= taps:
        rows = tuple((Choice(one.label, one.action, says=tap(one.action)),) for one in pending)
        return Screen(reason, rows)
    return Screen(reason + _block(_lines(menu.entries[: menu.shown])) + _foot(menu, say))


def more(menu: Menu, say: Sayer) -> tuple[Screen, Menu]:
    """The next page of the pending list."""
    end = min(menu.shown + PAGE, len(menu.entries))
    after = replace(menu, shown=end)
    lines = _lines(menu.entries[menu.shown : end])
    return Screen(Markup("\n").join(map(Markup.escape, lines)) + _foot(after, say)), after


def with_codes(
    screen: Screen, say: Sayer, serial: int, *, taps: int = 0
) -> tuple[Screen, tuple[ListEntry, ...]]:
    """A screen that answers nothing, its choices with codes of its own; ``serial`` is used for no other.

    Where all of up to ``taps`` can be tapped, a tap says the code.
    """
    coded = [choice for choice in screen.choices if choice.action and not choice.word]
    entries = tuple(
        ListEntry(_key_at(at, letters=True), _label(choice), choice.action) for at, choice in enumerate(coded)
    )
    if _can_tap([screen], taps):
        codes = {one.action: f"#{serial}{one.key}" for one in entries}
        rows = _to_tap(screen, lambda choice: choice.word or codes[choice.action])
        return replace(screen, rows=rows), entries
    lines = [f"#{serial}{one.key} {one.label}" for one in entries]
    lines += [f"{_label(choice)}: {choice.url}" for choice in screen.choices if choice.url]
    hints = [say("numbers.pick_code", code=f"#{serial}a")] if entries else []
    hints += [_word(one, say) for one in _words(screen.choices)]
    return _with_lines(screen, screen.text, lines, hints), entries


def needs_codes(screen: Screen) -> bool:
    """Whether a screen has choices that get codes."""
    return any(choice.action and not choice.word for choice in screen.choices)


def _words(choices: Sequence[Choice]) -> tuple[ListEntry, ...]:
    """The choices with words of their own, each word once; of two that claim the same, the last one shown counts."""
    found = {
        choice.word: ListEntry(choice.word, _label(choice), choice.action)
        for choice in choices
        if choice.word
    }
    return tuple(found.values())


def _key_at(at: int, *, letters: bool) -> str:
    if not letters:
        return str(at + 1)
    # More than the alphabet holds can be chosen by their label alone.
    return ascii_lowercase[at] if at < len(ascii_lowercase) else ""


def _label(choice: Choice) -> str:
    """A label as a person reads it: markup has its signs escaped, and a place in a ranking would be a second number."""
    label = choice.label.unescape() if isinstance(choice.label, Markup) else choice.label
    return _RANK.sub("", label)


def _lines(entries: Sequence[ListEntry]) -> list[str]:
    return [f"{one.key}. {one.label}" if one.key else f"– {one.label}" for one in entries]


# Every answer is laid out. Joined and added to, markup escapes as `Markup.format` does, in a fifth of the time.


def _block(lines: Sequence[str]) -> Markup:
    return Markup("\n").join(["", "", *lines]) if lines else Markup()


def _foot(menu: Menu, say: Sayer) -> Markup:
    """What one types, in one line."""
    hints = []
    if menu.entries:
        hints.append(say("numbers.pick_letter" if menu.asks_words else "numbers.pick_number"))
    hints += [_word(one, say) for one in menu.words]
    left = len(menu.entries) - menu.shown
    rest = Markup("\n") + say("numbers.more", n=left) if left > 0 else Markup()
    return rest + _hints(hints)


def _hints(hints: Sequence[Markup]) -> Markup:
    return Markup("\n\n<i>") + Markup(" · ").join(hints) + Markup("</i>") if hints else Markup()


def _word(one: ListEntry, say: Sayer) -> Markup:
    """What is typed, and what it does; a label's sign is for buttons."""
    label = one.label.lstrip("".join(char for char in one.label if not char.isalnum()))
    return say(f"numbers.word.{one.key}") + ": " + label


def _with_lines(screen: Screen, text: Markup, lines: Sequence[str], hints: Sequence[Markup] = ()) -> Screen:
    return replace(screen, text=text + _block(lines) + _hints(hints), rows=())


# ---------------------------------------------------------------- what is new in a text


def _fingerprints(text: Markup) -> list[int]:
    return [zlib.crc32(line.encode()) for line in text.split("\n") if line]


def _briefly(screen: Screen, before: Menu | None) -> Markup:
    """A text that would change in place: its first line and what is new, where the rest was said just now."""
    known = set(before.lines) if before is not None else set()
    lines = [line for line in screen.text.split("\n") if line]
    new = [line for line in lines if zlib.crc32(line.encode()) not in known]
    if len(lines) < _SHORT or len(new) > len(lines) * (1 - _KNOWN_PART):
        return screen.text
    return Markup("\n").join(dict.fromkeys([lines[0], *new]))
