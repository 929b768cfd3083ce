"""How often codes may be guessed, and how many may come in, from one place.

A whole workshop may share one address: who has a good code is never held up by those who have none, and a kiosk counts
by itself. There is no bound over all places together, with which a few could close the doors to everybody.
"""

from collections import deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from bot.clock import Clock


class Tries:
    """Counts by place."""

    WINDOW = timedelta(minutes=10)
    #: Wrong codes. One of ten characters needs billions of them.
    WRONG = 10
    #: New people: a shift that scans the poster at its end.
    NEW = 300
    #: Places that are kept in mind; then the one that was heard of first is forgotten.
    PLACES = 10_000

    def __init__(self, clock: Clock) -> None:
        """Kept in memory: a restart gives at most one window more."""
        self._wrong = _Window(clock, self.WINDOW, self.WRONG, self.PLACES)
        self._new = _Window(clock, self.WINDOW, self.NEW, self.PLACES)

    def was_wrong(self, place: str) -> bool:
        """Count a code that opens nothing; whether these have become too many."""
        return not self._wrong.count(place)

    def may_come_in(self, place: str) -> bool:
        """Count one more new person; whether they may come in."""
        return self._new.count(place)


class _Window:
    """What was counted lately."""

    def __init__(self, clock: Clock, window: timedelta, each: int, places: int) -> None:
        self._clock, self._window, self._each, self._places = clock, window, each, places
        self._by_place: dict[str, deque[datetime]] = {}

    def count(self, place: str) -> bool:
        """Count one more, as long as there is room for it; whether there was."""
        now = self._clock.now()
        mine = self._by_place.get(place)
        if mine is None:
            if len(self._by_place) >= self._places:
                del self._by_place[next(iter(self._by_place))]
            mine = self._by_place[place] = deque()
        while mine and now - mine[0] > self._window:
            mine.popleft()
        if len(mine) >= self._each:
            return False
        mine.append(now)
        return True


def address(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, since who has one address there has billions."""
    return network_of(request.client.host if request.client else "")


def network_of(host: str) -> str:
    """The same of an address in numbers."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if not isinstance(found, IPv6Address):
        return host
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
