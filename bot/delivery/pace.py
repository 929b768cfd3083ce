"""How fast a messenger may be written to: in all, in each lane, in each chat, whatever is asked for.

Each rate is a generic cell rate algorithm (GCRA): one number, the time from which on it is free again. Answers to
people take from the whole rate as soon as they are there. Decisions, reminders and broadcasts share four fifths of it,
in this order, and take only what is free at the moment: so an answer never waits behind more than one trip of theirs.
All processes take from the same buckets.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import ARRAY, Double, String, bindparam, text

from bot.delivery.channel import NotSent, TryLater
from storage.delivery.tables import Lane
from storage.engine import Database

log = logging.getLogger(__name__)

#: The part of a rate that everything but answers shares; the rest is kept for answers.
SHARED_PART = 0.8
#: Requests come in less evenly than they leave: a little below a ceiling stays below it.
_CARE = 0.95
#: So many permits of the shared part that answers, or a slow disk, were in the way of are caught up with.
_CATCH_UP = 12
#: So many permits a lane may take before its time. What is less urgent may not, and so gets none before it has had all.
_AHEAD = {Lane.DECISION: 4, Lane.REMINDER: 2, Lane.BROADCAST: 0}
#: A bucket that claims to be free only later than this was filled by a clock that has jumped back since.
_FURTHEST = 120.0
#: Who would have to wait longer is told to come back, and holds up nobody meanwhile.
_PATIENCE = 4.0
#: Buckets that are remembered; the rest have long been full again.
_CHATS = 20_000
#: So many chats refused one after the other mean that the whole messenger refuses.
_ALL_REFUSED = 3
#: A trip to a shared bucket takes the permits of so many seconds.
_TRIP_S = 0.125
#: How often buckets that nobody has used lately are removed from the database.
_TIDY_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second in all, messages a second to one chat, and messages a minute to one group; 0 for no limit."""

    per_second: float = 0.0
    chat_per_second: float = 0.0
    group_per_minute: float = 0.0


class Ask(NamedTuple):
    """Permits wanted of one bucket, which gives one ``every`` so many seconds.

    ``behind``: seconds of unused permits that may be caught up with, so that a few may be used at once after silence.
    ``ahead``: seconds one is ready to wait; when it would be more, nothing is taken.
    """

    name: str
    every: float
    number: int = 1
    behind: float = 0.0
    ahead: float = _FURTHEST


class Taken(NamedTuple):
    """Whether the permits were taken, and the seconds until the first may be used (or might be taken)."""

    taken: bool
    wait: float


def begin(free_at: float, now: float, behind: float) -> float:
    """The moment of the next permit of a bucket that is free from ``free_at`` on."""
    return now if free_at > now + _FURTHEST else max(free_at, now - behind)


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
        if len(self._free_at) > _CHATS:
            self._free_at.popitem(last=False)

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""
        free_at = self._clock() + min(seconds, _FURTHEST)
        self._keep(name, max(self._free_at.get(name, 0.0), free_at))


def _again(asks: Sequence[Ask], moments: Sequence[float]) -> float:
    """Seconds until as many permits are free again; the moments are those of the first ones, from now."""
    return max(moment + ask.number * ask.every - ask.ahead for ask, moment in zip(asks, moments, strict=True))


# Rows are locked in the order of their names, so that two processes never wait for each other. The clock is read when
# they are locked. A row that another process makes in the same moment is not among the locked ones: then what is taken
# follows what that one took.
_TAKE = text(
    "WITH asked AS (SELECT * FROM unnest(:names, :costs, :behinds, :aheads) AS a (name, cost, behind, ahead)), "
    "locked AS MATERIALIZED (SELECT name, free_at FROM bucket WHERE name = ANY(:names) ORDER BY name FOR UPDATE), "
    "clock AS MATERIALIZED (SELECT extract(epoch FROM clock_timestamp())::float8 AS now, count(*) FROM locked), "
    "begun AS MATERIALIZED (SELECT asked.*, clock.now, CASE WHEN locked.free_at > clock.now + :furthest "
    "THEN clock.now ELSE greatest(locked.free_at, clock.now - asked.behind) END AS moment "
    "FROM asked CROSS JOIN clock LEFT JOIN locked ON locked.name = asked.name), "
    "fits AS MATERIALIZED (SELECT name, moment, now, cost, CASE WHEN :together "
    "THEN bool_and(moment <= now + ahead) OVER () ELSE moment <= now + ahead END AS taken FROM begun), "
    "written AS (INSERT INTO bucket AS b (name, free_at) "
    "SELECT name, moment + cost FROM fits WHERE taken ORDER BY name "
    "ON CONFLICT (name) DO UPDATE SET free_at = CASE WHEN b.free_at > (SELECT now FROM clock) + :furthest "
    "THEN excluded.free_at ELSE greatest(excluded.free_at, "
    "b.free_at + (SELECT cost FROM asked WHERE asked.name = excluded.name)) END RETURNING name, free_at) "
    "SELECT fits.name, fits.taken, coalesce(written.free_at - fits.cost, fits.moment) - fits.now AS wait "
    "FROM fits LEFT JOIN written ON written.name = fits.name"
).bindparams(
    bindparam("names", type_=ARRAY(String)),
    bindparam("costs", type_=ARRAY(Double)),
    bindparam("behinds", type_=ARRAY(Double)),
    bindparam("aheads", type_=ARRAY(Double)),
)
_HOLD = text(
    "INSERT INTO bucket (name, free_at) VALUES (:name, extract(epoch FROM clock_timestamp()) + :seconds) "
    "ON CONFLICT (name) DO UPDATE SET "
    "free_at = greatest(bucket.free_at, extract(epoch FROM clock_timestamp()) + :seconds)"
)
_TIDY = text(
    "DELETE FROM bucket WHERE name IN (SELECT name FROM bucket "
    "WHERE free_at < extract(epoch FROM clock_timestamp()) - :furthest FOR UPDATE SKIP LOCKED)"
)


class SharedBuckets:
    """Buckets of all processes together, in PostgreSQL and on its clock.

    Whatever is asked for while a trip to the database is under way goes together with the next one. The table is
    unlogged: no trip waits for the disk, and after a crash of the database everything is free, as it is after silence.
    """

    trip_s = _TRIP_S

    def __init__(self, database: Database) -> None:
        """They are rows of this database."""
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
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
        async with self._engine.connect() as connection:
            await connection.execute(_HOLD, {"name": name, "seconds": min(seconds, _FURTHEST)})

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
        values = {
            "names": [ask.name for ask in asks],
            "costs": [ask.number * ask.every for ask in asks],
            "behinds": [ask.behind for ask in asks],
            "aheads": [ask.ahead for ask in asks],
            "furthest": _FURTHEST,
            "together": together,
        }
        async with self._engine.connect() as connection:
            if time.monotonic() - self._tidied > _TIDY_EVERY_S:
                self._tidied = time.monotonic()
                await connection.execute(_TIDY, {"furthest": _FURTHEST})
            rows = (await connection.execute(_TAKE, values)).all()
        return {name: Taken(taken, wait) for name, taken, wait in rows}


class _Window:
    """Keeps a stall, here or on the way, from turning an even row of messages into a crowd.

    Nobody knows when a messenger counts a message, only that it has by the time it answers. So whatever is under way
    counts, and what was answered within the last second (less the time that an answer usually takes); and two never
    leave closer together than the ceiling allows, however many were woken late.
    """

    def __init__(
        self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """``per_second`` is the messenger's ceiling."""
        self._most = max(1, int(per_second))
        self._gap = 1.0 / per_second if per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._door = asyncio.Lock()
        self._left = 0.0
        self._under_way = 0
        self._answered: deque[float] = deque()
        #: How long the last answers took; what is usual is the way alone, more is a stall.
        self._took: deque[float] = deque(maxlen=64)

    @asynccontextmanager
    async def under_way(self, messages: int) -> AsyncIterator[None]:
        """Leave when there is room, one after the other."""
        async with self._door:
            while (wait := max(self._left + self._gap - self._clock(), self._full_for(messages))) > 0:
                await self._sleep(wait)
            self._left = self._clock() + (messages - 1) * self._gap
        self._under_way += messages
        left = self._clock()
        try:
            yield
        finally:
            now = self._clock()
            self._under_way -= messages
            self._took.append(now - left)
            self._answered.extend([now - sorted(self._took)[len(self._took) // 2]] * messages)

    def _full_for(self, messages: int) -> float:
        """Seconds until there may be room for so many."""
        now = self._clock()
        while self._answered and self._answered[0] <= now - 1.0:
            self._answered.popleft()
        too_many = self._under_way + len(self._answered) + messages - self._most
        if too_many <= 0 or not (self._under_way or self._answered):
            return 0.0
        return self._answered[0] + 1.0 - now if self._answered else self._gap


class Pace:
    """One messenger's pace. Everything that is sent there leaves through :meth:`leave`."""

    def __init__(
        self,
        name: str,
        rates: Rates,
        buckets: Buckets,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        still: Callable[[], None] = lambda: None,
    ) -> None:
        """``name`` is the channel's; ``clock`` gives seconds that only grow.

        ``still`` is asked after all waiting, and raises when the message may not leave any more.
        """
        self.rates = rates
        self._name = name
        self._buckets = buckets
        self._clock = clock
        self._sleep = sleep
        self._still = still
        self._held: dict[str, float] = {}
        self._held_all = 0.0
        self._refused: set[str] = set()
        #: Who waits for a permit of the shared part: lane, order, the moment at which they may leave.
        self._wanted: list[tuple[Lane, int, asyncio.Future[float]]] = []
        self._number = itertools.count()
        self._giving: asyncio.Task[None] | None = None
        self._window = _Window(rates.per_second, clock, sleep)

    @property
    def bulk_at_once(self) -> int:
        """How many messages of mailings are worth having under way: what the rate lets out in a second and a half."""
        if not self.rates.per_second:
            return 256
        return max(4, round(self.rates.per_second * SHARED_PART * 1.5))

    @asynccontextmanager
    async def leave(
        self, chat: str, lane: Lane, *, is_group: bool = False, messages: int = 1
    ) -> AsyncIterator[None]:
        """Wait until so many messages may leave for a chat; they are on their way inside of the block.

        Raises :class:`TryLater` for a chat that has to be left alone, :class:`NotSent` when the buckets cannot be
        asked, and what ``still`` raises.
        """
        held = max(self._held.get(chat, 0.0), self._held_all) - self._clock()
        if held > 0:
            raise TryLater(held, everywhere=self._held_all > self._clock())
        for _ in range(messages):
            await self._turn_of_chat(chat, is_group=is_group)
            if self.rates.per_second:
                if lane is Lane.ANSWER:
                    moment = self._clock() + (await self._take(Ask(self._name, self._every))).wait
                else:
                    moment = await self._permit(lane)
                await self._until(moment)
        async with self._window.under_way(messages) if self.rates.per_second else nullcontext():
            self._still()
            yield

    async def _until(self, moment: float) -> None:
        wait = moment - self._clock()
        if wait > 0:
            await self._sleep(wait)

    async def _take(self, ask: Ask) -> Taken:
        try:
            return await self._buckets.take(ask)
        except Exception as problem:
            raise NotSent(f"the rate cannot be asked for ({type(problem).__name__})") from problem

    async def _turn_of_chat(self, chat: str, *, is_group: bool) -> None:
        if is_group:
            if not self.rates.group_per_minute:
                return
            every, behind = 60.0 / (self.rates.group_per_minute * _CARE), 0.0
        else:
            if not self.rates.chat_per_second:
                return
            every = behind = 1.0 / (
                self.rates.chat_per_second * _CARE
            )  # a question and its picture belong together
        patience = _PATIENCE + every
        taken, wait = await self._take(Ask(f"{self._name}:{chat}", every, behind=behind, ahead=patience))
        if not taken:
            raise TryLater(wait)
        if wait > 0:
            await self._sleep(wait)

    @property
    def _every(self) -> float:
        return 1.0 / (self.rates.per_second * _CARE)

    async def _permit(self, lane: Lane) -> float:
        """Wait for a permit of the shared part, behind whoever is more urgent; gives the moment to leave at."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._wanted, (lane, next(self._number), future))
        if self._giving is None or self._giving.done():
            self._giving = asyncio.create_task(self._give())
        return await future

    async def _give(self) -> None:
        """Give permits to those who wait, while there are any: a few in one trip, all of one lane."""
        while self._wanted:
            some = self._most_urgent()
            try:
                wait = await self._give_to(some)
            except Exception as problem:  # noqa: BLE001 - each of those who wait gets it
                _refuse(some, NotSent(f"the rate cannot be asked for ({type(problem).__name__})"))
                continue
            except BaseException:
                for one in some:
                    heapq.heappush(self._wanted, one)
                raise
            if wait > 0 and self._wanted:
                await self._sleep(wait)

    def _most_urgent(self) -> list[tuple[Lane, int, asyncio.Future[float]]]:
        most = max(1, int(self.rates.per_second * SHARED_PART * self._buckets.trip_s))
        some: list[tuple[Lane, int, asyncio.Future[float]]] = []
        while self._wanted and len(some) < most and (not some or self._wanted[0][0] is some[0][0]):
            one = heapq.heappop(self._wanted)
            if not one[2].done():
                some.append(one)
        return some

    async def _give_to(self, some: Sequence[tuple[Lane, int, asyncio.Future[float]]]) -> float:
        """Permits for these, or none yet. Gives the seconds after which to ask again."""
        if not some:
            return 0.0
        lane, every = some[0][0], 1.0 / (self.rates.per_second * SHARED_PART)
        count = len(some)
        # Several decisions at once do not share with broadcasts what there is to catch up with.
        more = len(some) > 1 or (bool(self._wanted) and self._wanted[0][0] is lane)
        behind = 0.0 if more and lane is Lane.DECISION else _CATCH_UP * every
        taken, wait = await self._buckets.take_now(
            [
                Ask(self._name, self._every, count, ahead=0.0),
                Ask(f"{self._name}:", every, count, behind=behind, ahead=_AHEAD[lane] * every),
            ]
        )
        if taken:
            now = self._clock()
            for at, (_, _, future) in enumerate(some):
                if not future.done():
                    future.set_result(now + at * self._every)
        elif wait > _PATIENCE:
            _refuse(some, TryLater(wait, everywhere=True))
            return 0.0
        else:
            for one in some:
                heapq.heappush(self._wanted, one)
        return wait

    async def refused(self, chat: str, seconds: float) -> None:
        """The messenger asked to wait: this chat waits; all do when it says so to one chat after the other."""
        until = self._clock() + seconds
        self._held[chat] = until
        if len(self._held) > _CHATS:
            now = self._clock()
            self._held = {one: at for one, at in self._held.items() if at > now}
        await self._hold(f"{self._name}:{chat}", seconds)
        self._refused.add(chat)
        if len(self._refused) >= _ALL_REFUSED:
            self._refused.clear()
            self._held_all = max(self._held_all, until)
            await self._hold(self._name, seconds)

    async def _hold(self, name: str, seconds: float) -> None:
        try:
            await self._buckets.hold(name, seconds)
        except Exception as problem:  # noqa: BLE001 - this process knows it all the same
            log.error("other processes cannot be told to wait (%s)", type(problem).__name__)

    def passed(self) -> None:
        """The messenger took a message: it does not refuse all."""
        self._refused.clear()


def _refuse(some: Sequence[tuple[Lane, int, asyncio.Future[float]]], problem: Exception) -> None:
    for _, _, future in some:
        if not future.done():
            future.set_exception(problem)
