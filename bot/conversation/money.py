"""Reading amounts of money as people write them: ``15tr``, ``1 tỷ 2``, ``khoảng 20 triệu/năm``."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.conversation.invalid import Invalid

THOUSAND, MILLION, BILLION = 10**3, 10**6, 10**9
#: Nothing that one workshop improves is worth more in a year: 100.000 tỷ.
ABSURD = 10**14
_LONGEST = 200

Per = Literal["year", "month"] | None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in VND: one candidate when it is clear, several (the likeliest first) when it is not.

    ``per`` is what was typed: "year", "month", or nothing.
    """

    candidates: tuple[int, ...]
    approximate: bool = False
    per: Per = None


_UNITS = {
    "ty": BILLION, "ti": BILLION, "billion": BILLION, "bn": BILLION,
    "trieu": MILLION, "tr": MILLION, "cu": MILLION, "chai": MILLION, "million": MILLION, "m": MILLION,
    "nghin": THOUSAND, "ngan": THOUSAND, "ng": THOUSAND, "k": THOUSAND, "thousand": THOUSAND,
    "tram": 100,
    "dong": 1, "d": 1, "vnd": 1, "vnđ": 1,
}  # fmt: skip
_FOREIGN = {"usd", "do", "dola", "dollar", "dollars", "euro", "eur", "yen", "te", "ndt", "rmb"}
_ABOUT = {
    "khoang",
    "gan",
    "tam",
    "chung",
    "co",
    "uoc",
    "hon",
    "about",
    "around",
    "nearly",
    "almost",
    "tren",
    "duoi",
}
_YEAR = {"nam", "year", "n"}
_MONTH = {"thang", "month"}
_FILLER = {
    "moi",
    "mot_",
    "mỗi",
    "per",
    "a",
    "tinh",
    "ra",
    "duoc",
    "lam",
    "loi",
    "tiet",
    "kiem",
    "la",
    "so",
    "tien",
    "va",
    "chan",
    "hang",
    "tong",
    "cong",
    "cho",
    "len",
    "toi",
    "da",
}
_DIGITS = {
    "khong": 0,
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
}
#: Keyboards make a minus or a dash of a hyphen; all mean the same before or between amounts.
_MINUSES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_TOKEN = re.compile(r"\d+(?:[.,\s]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[^\W\d_]+|[$€¥£/+-]")


def _plain(raw: str) -> str:
    """Lower case, without diacritics, digits of any script as ours, all spaces alike."""
    text = unicodedata.normalize("NFKD", raw.casefold().replace("đ", "d"))
    return "".join(
        "-"
        if char in _MINUSES
        else " "
        if char.isspace()
        else str(unicodedata.digit(char))
        if unicodedata.digit(char, None) is not None
        else char
        for char in text
        if not unicodedata.combining(char)
    )


def _number(token: str) -> tuple[Decimal, bool]:
    """A number as typed, and whether its one separator could mean thousands or a decimal (``1.200``)."""
    compact = re.sub(r"\s", ".", token)
    separators = [char for char in compact if char in ".,"]
    if not separators:
        return Decimal(compact), False
    parts = re.split(r"[.,]", compact)
    if len(separators) == 1:
        whole, rest = parts
        if len(rest) == 3 and whole != "0":
            return Decimal(whole + rest), True
        return Decimal(f"{whole}.{rest}"), False
    if len(set(separators)) == 1 or separators[-1] == separators[0]:
        return Decimal("".join(parts)), False
    # The last separator differs from the others: it is the decimal one.
    return Decimal("".join(parts[:-1]) + "." + parts[-1]), False


def parse_money(raw: str) -> Money:
    """Read an amount. Raises :class:`Invalid` with a sentence that says how to write it."""
    if len(raw) > _LONGEST:
        raise Invalid("parse.money.none")
    tokens = _TOKEN.findall(_plain(raw))
    if any(token in "$€¥£" or token in _FOREIGN for token in tokens if token not in ("/", "+", "-")):
        raise Invalid("parse.money.currency")
    per, tokens = _per(tokens)
    about = [at for at, token in enumerate(tokens[:2]) if token in _ABOUT and not _is_eight(raw, tokens, at)]
    approximate = bool(about)
    tokens = [token for at, token in enumerate(tokens) if at not in about]
    ends = _range(tokens)
    if ends is not None:
        low, high = ends
        unit = _last_unit(high)
        if unit is not None and _last_unit(low) is None:
            low = [*low, unit]
        candidates = tuple(dict.fromkeys((_amounts(low)[0], _amounts(high)[0])))
        return Money(tuple(_sane(value) for value in candidates), approximate=True, per=per)
    if "-" in tokens[:1]:
        raise Invalid("parse.money.negative")
    amounts = _amounts([token for token in tokens if token not in "-+/"])
    return Money(tuple(_sane(value) for value in amounts), approximate, per)


def _is_eight(raw: str, tokens: list[str], at: int) -> bool:
    """Without diacritics "tám" (eight) and "tầm" (about) look alike: it is a number unless a figure follows."""
    if tokens[at] != "tam" or "tầm" in unicodedata.normalize("NFC", raw).casefold():
        return False
    return at + 1 == len(tokens) or not tokens[at + 1][0].isdigit()


def _sane(value: int) -> int:
    if value == 0:
        raise Invalid("parse.money.zero")
    if value > ABSURD:
        raise Invalid("parse.money.absurd")
    return value


def _per(tokens: list[str]) -> tuple[Per, list[str]]:
    """Take "/năm", "mỗi tháng", "một năm" off the end."""
    for words, per in ((_YEAR, "year"), (_MONTH, "month")):
        if (
            len(tokens) > 1
            and tokens[-1] in words
            and (tokens[-2] in ("/", "moi", "mot", "1", "hang", "per", "a", "tren"))
        ):
            cut = tokens[:-3] if tokens[-3:-1] == ["/", "1"] else tokens[:-2]
            return ("year" if per == "year" else "month"), cut
    return None, tokens


def _range(tokens: list[str]) -> tuple[list[str], list[str]] | None:
    """``10 - 15 triệu``, ``từ 10 đến 15 triệu``."""
    inner = tokens[1:] if tokens[:1] in (["tu"], ["from"]) else tokens
    for at, token in enumerate(inner):
        if token in ("-", "den", "to") and 0 < at < len(inner) - 1:
            low, high = inner[:at], inner[at + 1 :]
            if _has_number(low) and _has_number(high):
                return low, high
    return None


def _has_number(tokens: list[str]) -> bool:
    return any(token[0].isdigit() for token in tokens)


def _last_unit(tokens: list[str]) -> str | None:
    return next((token for token in reversed(tokens) if token in _UNITS), None)


def _amounts(tokens: list[str]) -> tuple[int, ...]:
    words = [token for token in tokens if token in _UNITS or token[0].isdigit() or token in ("nua", "ruoi")]
    if not _has_number(words) and words[:1] != ["nua"]:
        return (_in_words(tokens),)
    unknown = [
        token for token in tokens if token not in words and token not in _FILLER and token not in _ABOUT
    ]
    if unknown:
        raise Invalid("parse.money.none")
    if [word for word in words if word[0].isdigit()] == words and len(words) == 1:
        return _bare(words[0])
    total, at, last_unit = Decimal(0), 0, 0
    ambiguous: list[int] = []
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word == "nua":
            total += Decimal(_UNITS.get(following, 0)) / 2
            at += 2 if following in _UNITS else 1
        elif word == "ruoi":
            total += Decimal(last_unit) / 2
            at += 1
        elif word[0].isdigit():
            value, unclear = _number(word)
            if following in _UNITS:
                last_unit = _UNITS[following]
                # "3 trăm triệu", "2 nghìn tỷ": a larger unit right after is counted in the smaller one.
                while at + 2 < len(words) and _UNITS.get(words[at + 2], 0) > last_unit:
                    value *= last_unit
                    last_unit = _UNITS[words[at + 2]]
                    at += 1
                if unclear and last_unit >= MILLION and not total:
                    # 1.200 triệu may be 1,2 tỷ, or 1,2 triệu with a zero too many for a decimal.
                    ambiguous = [int(value * last_unit), int(value * last_unit / 1000)]
                total += value * last_unit
                at += 2
            elif last_unit and value == value.to_integral_value() and value > 0:
                # "1 tỷ 2" is 1,2 tỷ; "15tr500" is 15,5 triệu; "1 tỷ 250" is 1,25 tỷ.
                total += value * Decimal(last_unit) / (10 ** len(re.sub(r"\D", "", word)))
                at += 1
            else:
                raise Invalid("parse.money.none")
        else:
            at += 1
    if total != total.to_integral_value() or (total == 0 and not ambiguous):
        if total == 0:
            raise Invalid("parse.money.zero")
        total = total.quantize(Decimal(1))
    return tuple(ambiguous) or (int(total),)


def _bare(token: str) -> tuple[int, ...]:
    """A number alone: "15000000" is clear, "15" is hardly fifteen đồng."""
    value, unclear = _number(token)
    if unclear and value < MILLION:
        # 1.200: as typed, or 1,2 million, or 1.200 million.
        return int(value), int(value * THOUSAND), int(value * MILLION)
    if value >= 100_000:
        return (int(value),)
    if value == 0:
        return (0,)
    if value == value.to_integral_value() and value >= 1_000:
        return int(value * THOUSAND), int(value), int(value * MILLION)
    return int(value * MILLION), int(value * THOUSAND)


def _in_words(tokens: list[str]) -> int:
    """Numbers in words: "mười lăm triệu", "hai tỷ rưỡi", "ba trăm triệu"."""
    total = section = 0
    last_unit = 0
    seen = False
    for token in tokens:
        if token in ("muoi", "chuc"):
            section = (
                max(section, 1) * 10 if section < 10 else section - section % 10 + (section % 10 or 1) * 10
            )
            if section >= 100 and section % 100 < 10:
                section += 0
            seen = True
        elif token == "tram":
            section = max(section, 1) * 100
            seen = True
        elif token in ("linh", "le"):
            continue
        elif token in _DIGITS:
            section += _DIGITS[token]
            seen = True
        elif token in _UNITS:
            last_unit = _UNITS[token]
            total += section * last_unit
            section = 0
        elif token in ("ruoi", "nua"):
            total += (last_unit or 0) // 2
        elif token not in _FILLER:
            raise Invalid("parse.money.none")
    if not seen or not last_unit:
        if tokens == ["khong"]:
            raise Invalid("parse.money.zero")
        raise Invalid("parse.money.none")
    return total + (section * last_unit // 10 if section and section < 10 else 0)
