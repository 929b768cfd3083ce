"""How often codes may be guessed, and how many may come in, from one place.

A whole workshop may share one address: who has a good code is never held up by those who have none, and a kiosk counts
by itself.
"""

from collections import deque
from datetime import datetime, timedelta

from starlette.requests import Request

from bot.clock import Clock


class Tries:
    """Counts by place, and by all places together."""

    WINDOW = timedelta(minutes=10)
    #: Wrong codes. One with six characters of thirty needs millions of them.
    WRONG, WRONG_IN_ALL = 10, 2_000
    #: New people: a shift that scans the poster at its end.
    NEW, NEW_IN_ALL = 300, 10_000

    def __init__(self, clock: Clock) -> None:
        """Kept in memory: a restart gives at most one window more."""
        self._wrong = _Window(clock, self.WINDOW, self.WRONG, self.WRONG_IN_ALL)
        self._new = _Window(clock, self.WINDOW, self.NEW, self.NEW_IN_ALL)

    def may_try(self, place: str) -> bool:
        """Whether a code from there is looked at."""
        return self._wrong.has_room(place)

    def was_wrong(self, place: str) -> None:
        """Count a code that opens nothing."""
        self._wrong.count(place)

    def may_come_in(self, place: str) -> bool:
        """Count one more new person; whether they may come in."""
        if not self._new.has_room(place):
            return False
        self._new.count(place)
        return True


class _Window:
    """What was counted lately."""

    def __init__(self, clock: Clock, window: timedelta, each: int, in_all: int) -> None:
        self._clock, self._window, self._each, self._in_all = clock, window, each, in_all
        self._by_place: dict[str, deque[datetime]] = {}
        self._all: deque[datetime] = deque()

    def has_room(self, place: str) -> bool:
        self._forget(self._all)
        mine = self._by_place.get(place)
        if mine is not None:
            self._forget(mine)
        return len(mine or ()) < self._each and len(self._all) < self._in_all

    def count(self, place: str) -> None:
        if len(self._by_place) > self._in_all:
            self._by_place = self._live()
        now = self._clock.now()
        self._by_place.setdefault(place, deque()).append(now)
        self._all.append(now)

    def _live(self) -> dict[str, deque[datetime]]:
        for queue in self._by_place.values():
            self._forget(queue)
        return {place: queue for place, queue in self._by_place.items() if queue}

    def _forget(self, queue: deque[datetime]) -> None:
        now = self._clock.now()
        while queue and now - queue[0] > self._window:
            queue.popleft()


def address(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""
