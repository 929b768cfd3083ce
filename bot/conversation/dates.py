"""Dates as people write them: reading ``15/3/2022``, ``15-3-22``, ``3/2022``, ``hôm qua``, and writing them back."""

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.conversation.invalid import Invalid
from bot.conversation.text import fold

Precision = Literal["day", "month", "year"]
_LONGEST = 100
_EARLIEST = date(1990, 1, 1)

_RELATIVE = {
    "hom nay": 0, "nay": 0, "bua nay": 0, "today": 0,
    "hom qua": 1, "qua": 1, "bua qua": 1, "yesterday": 1,
    "hom kia": 2, "bua kia": 2, "tuan truoc": 7, "last week": 7,
}  # fmt: skip
_MONTHS_EN = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date and how exactly it was given; a month stands as its first day, a year as 1 January."""

    value: date
    precision: Precision = "day"


def parse_date(raw: str, today: date, earliest: date = _EARLIEST) -> ParsedDate:
    """Read a date that is not in the future and not before ``earliest``. Raises :class:`Invalid`."""
    if len(raw) > _LONGEST:
        raise Invalid("parse.date.unknown")
    found = _read(fold(raw), today)
    if found.value > today:
        raise Invalid("parse.date.future")
    if found.value < earliest:
        raise Invalid("parse.date.too_old")
    return found


def show_day(day: date, precision: str, language: str) -> str:
    """15/3/2022, or only 3/2022 or 2022 when no more is known."""
    if precision == "year":
        return str(day.year)
    if precision == "month":
        return f"{day.month}/{day.year}"
    return f"{day.day}/{day.month}/{day.year}" if language == "vi" else day.strftime("%d %b %Y")


def parse_birth(raw: str, today: date, earliest: date) -> date:
    """Read a date of birth, which is a whole day. Raises :class:`Invalid`."""
    if len(raw) > _LONGEST:
        raise Invalid("parse.birth.unknown")
    found = _read(fold(raw), today)
    if found.precision != "day":
        raise Invalid("parse.birth.need_day")
    if not earliest <= found.value < today:
        raise Invalid("parse.birth.unlikely")
    return found.value


def _read(text: str, today: date) -> ParsedDate:
    if text in _RELATIVE:
        return ParsedDate(today - timedelta(days=_RELATIVE[text]))
    if text in ("thang nay", "this month"):
        return ParsedDate(today.replace(day=1), "month")
    if text in ("thang truoc", "last month"):
        return ParsedDate((today.replace(day=1) - timedelta(days=1)).replace(day=1), "month")
    if text in ("nam ngoai", "nam truoc", "last year"):
        return ParsedDate(date(today.year - 1, 1, 1), "year")
    if text in ("nam nay", "dau nam", "this year"):
        return ParsedDate(date(today.year, 1, 1), "year")
    ago = re.fullmatch(r"(\d{1,3}) (ngay|tuan|days?|weeks?) (truoc|ago)", text)
    if ago:
        days = int(ago[1]) * (7 if ago[2].startswith(("tuan", "week")) else 1)
        return ParsedDate(today - timedelta(days=days))
    numbers = [int(number) for number in re.findall(r"\d+", text) if len(number) <= 8]
    words = set(re.findall(r"[a-z]+", text)) - {
        "ngay",
        "mung",
        "mong",
        "thang",
        "nam",
        "thg",
        "th",
        "t",
        "of",
        "vao",
        "tu",
    }
    english = [at for at, name in enumerate(_MONTHS_EN, 1) if any(word.startswith(name) for word in words)]
    if english and len(words) == 1:
        return _english(english[0], numbers)
    if words or not numbers:
        raise Invalid("parse.date.unknown")
    return _numbers(text, numbers, today)


def _english(month: int, numbers: list[int]) -> ParsedDate:
    if len(numbers) == 2:
        day, year = sorted(numbers)
        return ParsedDate(_date(_year(year), month, day))
    if len(numbers) == 1 and numbers[0] > 31:
        return ParsedDate(_date(numbers[0], month, 1), "month")
    raise Invalid("parse.date.unknown")


def _numbers(text: str, numbers: list[int], today: date) -> ParsedDate:
    digits = re.fullmatch(r"(\d{2})(\d{2})(\d{4})", text)
    if digits:
        return ParsedDate(_date(int(digits[3]), int(digits[2]), int(digits[1])))
    match numbers:
        case [year, month, day] if year > 31:
            return ParsedDate(_date(year, month, day))
        case [day, month, year]:
            return ParsedDate(_date(_year(year, today), month, day))
        case [month, year] if year > 31:
            return ParsedDate(_date(year, month, 1), "month")
        case [year, month] if year > 31:
            return ParsedDate(_date(year, month, 1), "month")
        case [day, month]:
            return ParsedDate(_last(month, day, today))
        case [year] if year > 1000 and year <= 9999:
            return ParsedDate(date(year, 1, 1), "year")
        case [month] if text.startswith(("thang", "thg")) and 1 <= month <= 12:
            year = today.year if month <= today.month else today.year - 1
            return ParsedDate(date(year, month, 1), "month")
        case _:
            raise Invalid("parse.date.unknown")


def _last(month: int, day: int, today: date) -> date:
    """The last such day that has been; a 29 February may be some years ago."""
    if (month, day) == (2, 29):
        leap = next(year for year in range(today.year, 0, -1) if isleap(year) and date(year, 2, 29) <= today)
        return date(leap, 2, 29)
    value = _date(today.year, month, day)
    return value if value <= today else _date(today.year - 1, month, day)


def _year(year: int, today: date | None = None) -> int:
    if year >= 100:
        return year
    newest = (today.year if today else 2099) % 100 + 1
    return 2000 + year if year <= newest else 1900 + year


def _date(year: int, month: int, day: int) -> date:
    if 12 < month <= 31 and 1 <= day <= 12:
        raise Invalid("parse.date.swapped")
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid("parse.date.no_such_day", typed=f"{day}/{month}/{year}") from None
