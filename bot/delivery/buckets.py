"""Buckets of permits, by the generic cell rate algorithm (GCRA): one number each, the time from which it is free again.

They stand in this process where it is the only one, and else in the database, for all processes together.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from storage.delivery import buckets
from storage.delivery.buckets import FURTHEST, Ask, Taken
from storage.engine import Database

#: Buckets that are remembered; the rest have long been full again.
_REMEMBERED = 20_000
#: A trip to a shared bucket takes the permits of so many seconds.
_TRIP_S = 0.125
#: How often buckets that nobody has used lately are removed from the database.
_TIDY_EVERY_S = 60.0


def begin(free_at: float, now: float, behind: float) -> float:
    """The moment of the next permit of a bucket that is free from ``free_at`` on."""
    return now if free_at > now + FURTHEST else max(free_at, now - behind)


class Buckets(Protocol):
    """Where the buckets stand."""

    #: Seconds of permits that are worth taking in one trip.
    trip_s: float

    async def take(self, ask: Ask) -> Taken:
        """Reserve permits."""

    async def take_now(self, asks: Sequence[Ask]) -> Taken:
        """Reserve permits of all these buckets, or of none. ``wait``: when it is worth to ask for as many again."""

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""


class OwnBuckets:
    """Buckets of this process, where it is the only one (on SQLite)."""

    trip_s = 0.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """All free."""
        self._clock = clock
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def take(self, ask: Ask) -> Taken:
        """Reserve permits."""
        now = self._clock()
        moment = begin(self._free_at.get(ask.name, 0.0), now, ask.behind)
        if moment > now + ask.ahead:
            return Taken(taken=False, wait=moment - now)
        self._keep(ask.name, moment + ask.number * ask.every)
        return Taken(taken=True, wait=max(moment - now, 0.0))

    async def take_now(self, asks: Sequence[Ask]) -> Taken:
        """Reserve permits of all these buckets, or of none."""
        now = self._clock()
        moments = [begin(self._free_at.get(ask.name, 0.0), now, ask.behind) for ask in asks]
        wait = max(moment - ask.ahead - now for ask, moment in zip(asks, moments, strict=True))
        if wait > 0:
            return Taken(taken=False, wait=wait)
        for ask, moment in zip(asks, moments, strict=True):
            self._keep(ask.name, moment + ask.number * ask.every)
        return Taken(taken=True, wait=_again(asks, [moment - now for moment in moments]))

    def _keep(self, name: str, free_at: float) -> None:
        self._free_at[name] = free_at
        self._free_at.move_to_end(name)
        if len(self._free_at) > _REMEMBERED:
            self._free_at.popitem(last=False)

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""
        free_at = self._clock() + min(seconds, FURTHEST)
        self._keep(name, max(self._free_at.get(name, 0.0), free_at))


def _again(asks: Sequence[Ask], moments: Sequence[float]) -> float:
    """Seconds until as many permits are free again; the moments are those of the first ones, from now."""
    return max(moment + ask.number * ask.every - ask.ahead for ask, moment in zip(asks, moments, strict=True))


class SharedBuckets:
    """Buckets of all processes together, in PostgreSQL and on its clock.

    Whatever is asked for while a trip to the database is under way goes together with the next one. The table is
    unlogged: no trip waits for the disk, and after a crash of the database everything is free, as it is after silence.
    """

    trip_s = _TRIP_S

    def __init__(self, database: Database) -> None:
        """They are rows of this database."""
        self._engine = buckets.without_transactions(database.engine)
        self._waiting: list[tuple[Ask, asyncio.Future[Taken]]] = []
        self._trips: asyncio.Task[None] | None = None
        self._tidied = time.monotonic()

    async def take(self, ask: Ask) -> Taken:
        """Reserve permits."""
        future: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._trips is None or self._trips.done():
            self._trips = asyncio.create_task(self._travel())
        return await future

    async def take_now(self, asks: Sequence[Ask]) -> Taken:
        """Reserve permits of all these buckets, or of none."""
        found = await self._trip(asks, together=True)
        moments = [found[ask.name].wait for ask in asks]
        if all(found[ask.name].taken for ask in asks):
            return Taken(taken=True, wait=_again(asks, moments))
        return Taken(
            taken=False, wait=max(moment - ask.ahead for ask, moment in zip(asks, moments, strict=True))
        )

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""
        await buckets.hold(self._engine, name, seconds)

    async def _travel(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            alike: dict[str, list[tuple[Ask, asyncio.Future[Taken]]]] = {}
            for one in waiting:
                some = alike.setdefault(one[0].name, [])
                # Whoever would wait too long behind the others asks by itself, and is told so.
                if some and sum(ask.number * ask.every for ask, _ in some) > one[0].ahead:
                    self._waiting.append(one)
                else:
                    some.append(one)
            asks = [some[0][0]._replace(number=sum(ask.number for ask, _ in some)) for some in alike.values()]
            try:
                found = await self._trip(asks)
            except Exception as problem:  # noqa: BLE001 - each of those who wait gets it
                for some in alike.values():
                    for _, future in some:
                        if not future.done():
                            future.set_exception(problem)
                continue
            for name, some in alike.items():
                taken, wait = found[name]
                for ask, future in some:
                    if not future.done():
                        future.set_result(Taken(taken, max(wait, 0.0)))
                    wait += ask.number * ask.every

    async def _trip(self, asks: Sequence[Ask], *, together: bool = False) -> dict[str, Taken]:
        if time.monotonic() - self._tidied > _TIDY_EVERY_S:
            self._tidied = time.monotonic()
            await buckets.tidy(self._engine)
        return await buckets.take(self._engine, asks, together=together)
