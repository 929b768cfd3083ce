"""The words and numbers that stand on a picture, as plain text in one language."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.texts import Say


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What a picture needs to speak one language; :func:`picture_words` makes it from the locale files."""

    #: The sentence of a key of ``picture.toml``, filled in.
    text: Callable[..., str]
    #: 9493 → ``9.493``; fractions as given.
    number: Callable[[float], str]
    #: 0.5933 → ``59,3 %``.
    percent: Callable[[float], str]
    #: VND, in the largest of đồng, triệu, tỷ that leaves at least 1.
    money: Callable[[int], str]
    date: Callable[[date], str]
    #: An aware datetime, in the unit's zone.
    moment: Callable[[datetime], str]


def picture_words(say: Say) -> PictureWords:
    """The words of a picture in the language of ``say``."""

    def text(key: str, **args: object) -> str:
        # A picture has no markup: what was escaped for a chat is written here as it was typed.
        return say(f"picture.{key}", **args).unescape()

    def percent(part: float) -> str:
        # 99,97 % must not read as a target reached.
        return say.percent(min(part, 0.999) if part < 1 else part)

    def money(vnd: int) -> str:
        for unit, name in ((10**9, "billion"), (10**6, "million")):
            if vnd >= unit:
                # Downwards: a benefit is never shown larger than it is.
                return text(f"money.{name}", amount=say.number(vnd * 10 // unit / 10))
        return text("money.dong", amount=say.number(vnd))

    return PictureWords(text, say.number, percent, money, say.date, say.moment)


def needed_a_day(pace: float) -> float:
    """A pace to show: rounded up, since less would miss the target; tenths below 100."""
    return math.ceil(pace) if pace >= 100 else math.ceil(round(pace * 10, 6)) / 10
