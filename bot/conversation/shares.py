"""Reading authors and their shares: ``Nguyễn Văn A 40%, tôi 60%``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from bot.conversation.invalid import Invalid
from bot.conversation.text import clean, fold, person_name

#: All shares are kept in hundredths of a percent, so that a third is 33,33 % and the rest can be given exactly.
WHOLE = 10_000
MOST_AUTHORS = 20
_LONGEST = 2_000
_ME = {"toi", "minh", "em", "tui", "me", "i", "tao", "anh", "chi", "ban than", "ban than toi"}
_SHARE = re.compile(
    r"[\s:=–—-]*(?:(?P<a>\d{1,3})\s*/\s*(?P<b>\d{1,3})|(?P<number>\d{1,7}(?:[.,]\d{1,4})?)\s*(?:%|phần trăm|phan tram)?)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AuthorShare:
    """A name with a share in hundredths of a percent; None where none was written."""

    name: str
    share: int | None
    is_me: bool = False


def parse_authors(raw: str, me: str) -> list[AuthorShare]:
    """Authors as typed, one to a line or between commas. "tôi" is ``me``. Raises :class:`Invalid`."""
    if len(raw) > _LONGEST:
        raise Invalid("parse.share.too_many", n=MOST_AUTHORS)
    # A comma between two digits is a decimal comma; any other one ends an author.
    pieces = re.split(r"\n|;|(?<!\d),|,(?!\d)|\s+(?:và|va|and)\s+", clean(raw))
    found = [_one(piece.strip(), me) for piece in pieces if piece.strip(" .")]
    if not found:
        raise Invalid("parse.share.none")
    if len(found) > MOST_AUTHORS:
        raise Invalid("parse.share.too_many", n=MOST_AUTHORS)
    seen: set[str] = set()
    for author in found:
        key = "\0me" if author.is_me else fold(author.name)
        if key in seen:
            raise Invalid("parse.share.twice", name=author.name)
        seen.add(key)
    return found


def _one(piece: str, me: str) -> AuthorShare:
    match = _SHARE.search(piece)
    share = None
    name = piece
    if match:
        name = piece[: match.start()].strip(" :=–—-.")
        if match["a"]:
            share = _hundredths(Decimal(match["a"]) * 100 / Decimal(match["b"])) if int(match["b"]) else 0
        else:
            share = _hundredths(Decimal(match["number"].replace(",", ".")))
        if not 0 < share <= WHOLE:
            raise Invalid("parse.share.range")
    if fold(name) in _ME or (me and fold(name) == fold(me)):
        return AuthorShare(me, share, is_me=True)
    if not name:
        raise Invalid("parse.share.none")
    return AuthorShare(person_name(name), share)


def _hundredths(percent: Decimal) -> int:
    return int((percent * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def settle(authors: Sequence[AuthorShare]) -> list[AuthorShare]:
    """Give those without a share theirs, so that all total 100 %. Raises :class:`Invalid` when they cannot.

    Nobody has one: equal parts. Some have none: they part what is left. Source: Circular 18/2013/TT-BKHCN asks for
    each author's share.
    """
    given = sum(author.share for author in authors if author.share is not None)
    without = [author for author in authors if author.share is None]
    left = WHOLE - given
    if not without:
        # Thirds written as 33,33 three times mean thirds.
        if (
            left
            and 0 < abs(left) <= len(authors) // 2
            and all(author.share in (3333, 3334, 1667, 1666) for author in authors)
        ):
            first, *others = authors
            return [replace(first, share=(first.share or 0) + left), *others]
        if left:
            raise Invalid("parse.share.total", total=show_share(given))
        return list(authors)
    if left < len(without):
        raise Invalid("parse.share.total", total=show_share(given))
    each, extra = divmod(left, len(without))
    settled, seen = [], 0
    for author in authors:
        if author.share is None:
            settled.append(replace(author, share=each + (1 if seen < extra else 0)))
            seen += 1
        else:
            settled.append(author)
    return settled


def show_share(hundredths: int) -> str:
    """3333 → ``33,33``."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole},{rest:02d}".rstrip("0").rstrip(",") if rest else str(whole)
