"""A clock that runs as the machine's does, and that one can put forward."""

import re
from datetime import datetime, timedelta

from bot.clock import Clock, SystemClock

_SPAN = re.compile(r"\+?\s*((?:\d{1,4}\s*[wdhm]\s*)+)")
_PIECE = re.compile(r"(\d{1,4})\s*([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
#: Further ahead no campaign is planned, and dates would leave the calendar.
LONGEST = timedelta(days=366)


class ClockAhead:
    """The machine's clock, ahead by what it was put forward."""

    def __init__(self, machine: Clock | None = None) -> None:
        """At first it shows the machine's time."""
        self._machine = machine or SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._machine.now() + self._ahead

    def put_forward(self, by: timedelta) -> None:
        """Never back: what has been done at a moment stays in the past."""
        if by < timedelta(0):
            raise ValueError("the clock goes forward only")
        self._ahead += by


def span(typed: str) -> timedelta | None:
    """A stretch of time as it is typed (``+1d``, ``2h30m``, ``1w``); None when it is none, or too long."""
    found = _SPAN.fullmatch(typed.strip().lower())
    if found is None:
        return None
    whole = timedelta(0)
    for number, unit in _PIECE.findall(found[1]):
        whole += timedelta(**{_UNITS[unit]: int(number)})
    return whole if timedelta(0) < whole <= LONGEST else None
