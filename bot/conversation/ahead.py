"""Reading days and times that are to come: ``mai``, ``thứ hai``, ``25/12``, ``17h30``, ``8:00 ngày mai``."""

import re
from datetime import date, datetime, time, timedelta

from bot.conversation.invalid import Invalid
from bot.conversation.text import fold

_LONGEST = 60
#: Nothing is planned further ahead.
_FURTHEST = timedelta(days=730)

_RELATIVE = {
    "hom nay": 0, "nay": 0, "bua nay": 0, "today": 0,
    "ngay mai": 1, "mai": 1, "sang mai": 1, "chieu mai": 1, "toi mai": 1, "tomorrow": 1,
    "ngay kia": 2, "ngay mot": 2, "mot": 2, "kia": 2,
}  # fmt: skip
_WEEKDAYS = {
    "hai": 0, "2": 0, "monday": 0, "ba": 1, "3": 1, "tuesday": 1, "tu": 2, "4": 2, "wednesday": 2,
    "nam": 3, "5": 3, "thursday": 3, "sau": 4, "6": 4, "friday": 4, "bay": 5, "7": 5, "saturday": 5,
}  # fmt: skip
_DAY = re.compile(r"(?:ngay )?(\d{1,2})\s*[/.\- ]\s*(\d{1,2})(?:\s*[/.\- ]\s*(\d{4}|\d{2}))?")
_TIME = re.compile(
    r"\b(?:luc )?(\d{1,2})\s*(?:gio\b(?: (\d{2})\b)?|[:hg]\s*(\d{2})?)(?: (ruoi)\b)?(?: (sang|trua|chieu|toi)\b(?! mai))?"
)


def parse_day(raw: str, today: date) -> date:
    """Read a day that is today or later. A day without a year is the next one. Raises :class:`Invalid`."""
    day = _day(_folded(raw), today)
    if day < today:
        raise Invalid("parse.ahead.past")
    if day - today > _FURTHEST:
        raise Invalid("parse.ahead.far")
    return day


def parse_time(raw: str) -> time:
    """Read a clock time. Raises :class:`Invalid`."""
    found = _TIME.fullmatch(_folded(raw))
    if found is None:
        raise Invalid("parse.ahead.time")
    return _time(found)


def parse_moment(raw: str, now: datetime) -> datetime:
    """Read a moment after ``now`` (an aware datetime where the units are): a time, or a time with its day.

    A time that has passed today is not taken for tomorrow's: somebody who plans is asked rather than guessed at.
    Raises :class:`Invalid`.
    """
    text = _folded(raw)
    found = _TIME.search(text)
    if found is None:
        raise Invalid("parse.ahead.moment")
    at = _time(found)
    rest = " ".join((text[: found.start()] + " " + text[found.end() :]).split()).strip(" ,")
    day = _day(rest, now.date()) if rest else now.date()
    moment = datetime.combine(day, at, now.tzinfo)
    if moment <= now:
        raise Invalid("parse.ahead.past")
    if moment - now > _FURTHEST:
        raise Invalid("parse.ahead.far")
    return moment


def _folded(raw: str) -> str:
    if len(raw) > _LONGEST:
        raise Invalid("parse.ahead.day")
    # The marks between numbers matter here, and folding drops them.
    kept = re.sub(r"[/.\-:]", lambda mark: f" {_MARKS[mark[0]]} ", raw)
    folded = fold(kept)
    for mark, word in _MARKS.items():
        folded = re.sub(rf"\s*\b{word}\b\s*", mark, folded)
    return " ".join(folded.split())


_MARKS = {"/": "xsx", ".": "xdx", "-": "xhx", ":": "xcx"}


def _day(text: str, today: date) -> date:
    if text in _RELATIVE:
        return today + timedelta(days=_RELATIVE[text])
    weekday = re.fullmatch(r"(?:thu )?(\w+)(?: (?:nay|toi|sau))?", text)
    if text in ("chu nhat", "cn", "sunday"):
        return today + timedelta(days=(6 - today.weekday()) % 7)
    if weekday and weekday[1] in _WEEKDAYS and (text.startswith("thu ") or weekday[1].endswith("day")):
        ahead = (_WEEKDAYS[weekday[1]] - today.weekday()) % 7
        return today + timedelta(days=ahead + (7 if text.endswith(" sau") else 0))
    found = _DAY.fullmatch(text)
    if found is None:
        raise Invalid("parse.ahead.day")
    number, month = int(found[1]), int(found[2])
    try:
        if found[3]:
            year = int(found[3])
            return date(year + 2000 if year < 100 else year, month, number)
        this_year = date(today.year, month, number)
        return this_year if this_year >= today else date(today.year + 1, month, number)
    except ValueError:
        raise Invalid("parse.date.no_such_day", typed=f"{number}/{month}") from None


def _time(found: "re.Match[str]") -> time:
    hour, minute = int(found[1]), int(found[2] or found[3] or (30 if found[4] else 0))
    if found[5] in ("trua", "chieu", "toi") and hour < (11 if found[5] == "trua" else 12):
        hour += 12
    if hour > 23 or minute > 59:
        raise Invalid("parse.ahead.time")
    return time(hour, minute)
