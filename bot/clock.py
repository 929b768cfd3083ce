"""The clock that everything asks for the time, so that tests can set it."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

#: Where the units are; dates of the law and of the programme are dates here.
LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, timezone-aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware moment."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was set to, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on (or back, when negative)."""
        self._now += by


def local_date(moment: datetime) -> date:
    """The calendar day of a moment where the units are."""
    return moment.astimezone(LOCAL_ZONE).date()
