"""Keeping what is personal only as long as it is needed: the clock's work, and the report of it.

Source: Law 91/2025/QH15: data is kept no longer than its purpose needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.services.people import guests
from storage import keeping as stored
from storage import marks
from storage.engine import Session

#: How long each purpose keeps.
Periods = Mapping[str, timedelta]

#: Whose period is over by itself: the moment in the row is that of the end.
_LAPSING = "handouts"
_MARK = "keeping"


class Keeper:
    """Forgets what is too old."""

    def __init__(self, periods: Periods) -> None:
        """By :data:`storage.keeping.PURPOSES`, with ``guests`` and ``registering``."""
        self.periods = periods

    async def carry_out(self, session: Session, now: datetime) -> None:
        """The chore of every hour."""
        gone = {}
        for purpose, kept in stored.PURPOSES.items():
            before = now if purpose == _LAPSING else now - self.periods[purpose]
            gone[purpose] = sum([await one.forget(session, before) for one in kept])
        gone["guests"] = await guests.forget(
            session, now, silent=self.periods["guests"], in_the_middle=self.periods["registering"]
        )
        if any(gone.values()):
            # SQLite's log holds them for a while.
            session.info["erased"] = True
        await marks.put(session, _MARK, {"at": now.isoformat(), "gone": gone})


@dataclass(frozen=True, slots=True)
class PurposeKept:
    """A line of the report."""

    purpose: str
    period: timedelta
    rows: int
    oldest: datetime | None
    #: How many the clock forgot when it last did.
    gone: int


async def report(session: Session, periods: Periods) -> tuple[Sequence[PurposeKept], datetime | None]:
    """What is kept for each purpose; and when the clock last went through it, None when it never did."""
    mark = await marks.value_of(session, _MARK) or {}
    last = mark.get("gone", {})
    lines = []
    for purpose, kept in stored.PURPOSES.items():
        numbers = [await one.number(session) for one in kept]
        oldest = min((each for _, each in numbers if each is not None), default=None)
        rows = sum(number for number, _ in numbers)
        lines.append(PurposeKept(purpose, periods[purpose], rows, oldest, last.get(purpose, 0)))
    number, oldest = await stored.guests(session)
    lines.append(PurposeKept("guests", periods["guests"], number, oldest, last.get("guests", 0)))
    at = datetime.fromisoformat(mark["at"]) if mark else None
    return lines, at
