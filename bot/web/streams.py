"""Who may hold a live stream when there are not enough: nobody keeps others out by holding many.

Each stream costs a file handle, and a guest costs nothing to make. So a stream is a seat that is given up to who has a
better right to it: one who is registered before a guest, who holds few before who holds many. Whoever loses one can
still read and write; their browser asks for another by itself.
"""

import asyncio
from collections import Counter
from typing import TypeVar

T = TypeVar("T")

#: Windows and devices of one person; somebody registered, and a guest.
PER_ACCOUNT = 8
PER_GUEST = 2


class Seat:
    """One stream's place."""

    def __init__(self, account_id: int, place: str, *, is_guest: bool) -> None:
        """``place``: the address, as :func:`bot.web.tries.address` gives it."""
        self.account_id = account_id
        self.place = place
        self.is_guest = is_guest
        #: Somebody else sits there now.
        self.is_lost = False
        self._event: asyncio.Event | None = None

    def wakes(self, event: asyncio.Event) -> None:
        """What to set when the seat is lost."""
        self._event = event

    def lose(self) -> None:
        """Somebody else sits there from now on."""
        self.is_lost = True
        if self._event is not None:
            self._event.set()


class Streams:
    """The seats of a process."""

    def __init__(self, most: int) -> None:
        """``most`` in all; one address gets half of them at most."""
        self._most = most
        self._per_place = max(most // 2, 1)
        self._seats: dict[Seat, None] = {}
        self._by_account: Counter[int] = Counter()
        self._by_place: Counter[str] = Counter()

    def take(self, seat: Seat) -> bool:
        """Sit down. False where everybody who sits has as good a right."""
        most = PER_GUEST if seat.is_guest else PER_ACCOUNT
        if self._by_account[seat.account_id] >= most:
            return False
        if self._by_place[seat.place] >= self._per_place and not self._displace(seat, seat.place):
            return False
        if len(self._seats) >= self._most and not self._displace(seat, ""):
            return False
        self._seats[seat] = None
        self._by_account[seat.account_id] += 1
        self._by_place[seat.place] += 1
        return True

    def leave(self, seat: Seat) -> None:
        """Stand up; also who has lost their seat may say so."""
        if seat not in self._seats:
            return
        del self._seats[seat]
        _less(self._by_account, seat.account_id)
        _less(self._by_place, seat.place)

    def _displace(self, newcomer: Seat, place: str) -> bool:
        """Take a seat from who has the least right to it, at one place or at any."""
        others = [one for one in self._seats if not place or one.place == place]
        worst = max(others, key=self._weight)
        # Counted as if the newcomer sat there already: two who hold as many do not displace each other for ever.
        mine = (
            newcomer.is_guest,
            self._by_account[newcomer.account_id] + 1,
            0 if place else self._by_place[newcomer.place] + 1,
        )
        theirs = self._weight(worst)
        if (*theirs[:2], 0 if place else theirs[2]) <= mine:
            return False
        self.leave(worst)
        worst.lose()
        return True

    def _weight(self, seat: Seat) -> tuple[bool, int, int]:
        return seat.is_guest, self._by_account[seat.account_id], self._by_place[seat.place]


def _less(counts: "Counter[T]", key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
