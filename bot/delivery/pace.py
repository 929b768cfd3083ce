"""How fast a messenger may be written to: in all, by the bulk of mailings, and in each chat.

Each rate is a generic cell rate algorithm (GCRA): one number, the time from which on it is free again. Answers to
people and decisions take from the whole rate; mailings may take four fifths of it at most, and always one after the
other, so that an answer never waits behind more than a few of them.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import text

from bot.delivery.channel import TryLater
from storage.engine import Database

#: The part of a rate that mailings may use; the rest is kept for answers.
BULK_PART = 0.8
#: Requests come in less evenly than they leave: a little below a ceiling stays below it.
_CARE = 0.95
_BULK_CARE = 0.97
#: A bucket that claims to be free only later than this was filled by a clock that has jumped back since.
_FURTHEST = 120.0
#: Permits that one trip to a shared bucket takes for mailings.
_AT_ONCE = 10
#: A permit is worth nothing so many seconds after its moment.
_STALE = 0.25
#: Chats whose pace is remembered; the rest have long been silent.
_CHATS = 20_000
#: So many chats refused one after the other mean that the whole messenger refuses.
_ALL_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second in all, messages a second to one chat, and messages a minute to one group; 0 for no limit."""

    per_second: float = 0.0
    chat_per_second: float = 0.0
    group_per_minute: float = 0.0


def reserve(
    free_at: float, now: float, every: float, count: int = 1, *, burst: int = 1
) -> tuple[float, float]:
    """Take ``count`` permits of a rate of one ``every`` so many seconds.

    Gives the new time from which on it is free, and how long to wait before the first permit may be used; the
    others follow ``every`` seconds apart. ``burst`` permits may be used at once after silence.
    """
    begin = now if free_at < now or free_at > now + _FURTHEST else free_at
    wait = max(begin - (burst - 1) * every - now, 0.0)
    return begin + count * every, wait


class Buckets(Protocol):
    """Where the buckets stand."""

    async def take(self, name: str, every: float, count: int = 1) -> float:
        """Reserve permits; gives the seconds to wait before the first."""

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""


class OwnBuckets:
    """Buckets of this process, where it is the only one (on SQLite)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """All free."""
        self._clock = clock
        self._free_at: dict[str, float] = {}

    async def take(self, name: str, every: float, count: int = 1) -> float:
        """Reserve permits; gives the seconds to wait before the first."""
        self._free_at[name], wait = reserve(self._free_at.get(name, 0.0), self._clock(), every, count)
        return wait

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""
        free_at = self._clock() + min(seconds, _FURTHEST)
        self._free_at[name] = max(self._free_at.get(name, 0.0), free_at)


_TAKE = text(
    "INSERT INTO bucket (name, free_at) VALUES (:name, extract(epoch FROM clock_timestamp()) + :cost) "
    "ON CONFLICT (name) DO UPDATE SET free_at = :cost + CASE "
    "WHEN bucket.free_at > extract(epoch FROM clock_timestamp()) + :furthest "
    "THEN extract(epoch FROM clock_timestamp()) "
    "ELSE greatest(bucket.free_at, extract(epoch FROM clock_timestamp())) END "
    "RETURNING free_at - :cost - extract(epoch FROM clock_timestamp())"
)
_HOLD = text(
    "INSERT INTO bucket (name, free_at) VALUES (:name, extract(epoch FROM clock_timestamp()) + :seconds) "
    "ON CONFLICT (name) DO UPDATE SET "
    "free_at = greatest(bucket.free_at, extract(epoch FROM clock_timestamp()) + :seconds)"
)


class SharedBuckets:
    """Buckets of all processes together, in PostgreSQL and on its clock."""

    def __init__(self, database: Database) -> None:
        """They are rows of this database."""
        self._database = database

    async def take(self, name: str, every: float, count: int = 1) -> float:
        """Reserve permits; gives the seconds to wait before the first."""
        values = {"name": name, "cost": every * count, "furthest": _FURTHEST}
        async with self._database.write() as session:
            return max(float(await session.scalar(_TAKE, values) or 0.0), 0.0)

    async def hold(self, name: str, seconds: float) -> None:
        """Give out nothing for so long."""
        async with self._database.write() as session:
            await session.execute(_HOLD, {"name": name, "seconds": min(seconds, _FURTHEST)})


class Pace:
    """One messenger's pace. Everything that is sent there asks :meth:`may_send` first."""

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
        self._chats: OrderedDict[str, float] = OrderedDict()
        self._held: dict[str, float] = {}
        self._held_all = 0.0
        self._refused: set[str] = set()
        self._permits: list[float] = []
        self._bulk_left = 0.0
        self._bulk_turn = asyncio.Lock()

    @property
    def bulk_at_once(self) -> int:
        """How many messages of mailings are worth having under way: what the rate lets out in a second and a half."""
        if not self.rates.per_second:
            return 256
        return max(4, round(self.rates.per_second * BULK_PART * 1.5))

    async def may_send(self, chat: str, *, is_group: bool = False, bulk: bool = False) -> None:
        """Wait until a message may leave for a chat.

        Raises :class:`TryLater` for a chat that has to be left alone, and what ``still`` raises.
        """
        now = self._clock()
        held = max(self._held.get(chat, 0.0), self._held_all) - now
        if held > 0:
            raise TryLater(held, everywhere=self._held_all > now)
        wait = await self._of_group(chat) if is_group else self._of_chat(chat)
        if self.rates.per_second:
            wait = max(wait, await (self._bulk() if bulk else self._urgent()))
        if wait > 0:
            await self._sleep(wait)
        self._still()

    def _of_chat(self, chat: str) -> float:
        if not self.rates.chat_per_second:
            return 0.0
        # A question and its picture belong together.
        every = 1.0 / (self.rates.chat_per_second * _CARE)
        free_at, wait = reserve(self._chats.get(chat, 0.0), self._clock(), every, burst=2)
        self._chats[chat] = free_at
        self._chats.move_to_end(chat)
        if len(self._chats) > _CHATS:
            self._chats.popitem(last=False)
        return wait

    async def _of_group(self, chat: str) -> float:
        """Groups are few and get cards from each process, so their pace is shared like that of the whole."""
        if not self.rates.group_per_minute:
            return 0.0
        return await self._buckets.take(f"{self._name}:{chat}", 60.0 / (self.rates.group_per_minute * _CARE))

    @property
    def _every(self) -> float:
        return 1.0 / (self.rates.per_second * _CARE)

    async def _urgent(self) -> float:
        return await self._buckets.take(self._name, self._every)

    async def _bulk(self) -> float:
        """A permit of the mailings' part and of the whole; several are fetched in one trip and used one by one."""
        async with self._bulk_turn:
            now = self._clock()
            every = 1.0 / (self.rates.per_second * BULK_PART * _BULK_CARE)
            while self._permits and self._permits[0] < now - _STALE:
                self._permits.pop(0)  # unused for so long that others have been counted in its place
            if not self._permits:
                count = max(1, min(_AT_ONCE, int(self.rates.per_second * BULK_PART / 4)))
                first = await self._buckets.take(f"{self._name}:bulk", every, count)
                if first > every:
                    await self._sleep(first - every)
                    first = every
                # The whole rate is reserved only now: while this waited, answers went first.
                first = max(first, await self._buckets.take(self._name, self._every, count))
                self._permits = [self._clock() + first + at * every for at in range(count)]
            # Permits that were kept waiting are still used one after the other, not all at once.
            leaves = max(self._permits.pop(0), self._bulk_left + every, self._clock())
            self._bulk_left = leaves
            return leaves - self._clock()

    async def refused(self, chat: str, seconds: float) -> None:
        """The messenger asked to wait: this chat waits; all do when it says so to one chat after the other."""
        until = self._clock() + seconds
        self._held[chat] = until
        if len(self._held) > _CHATS:
            now = self._clock()
            self._held = {one: at for one, at in self._held.items() if at > now}
        self._refused.add(chat)
        if len(self._refused) >= _ALL_REFUSED:
            self._refused.clear()
            self._held_all = max(self._held_all, until)
            await self._buckets.hold(self._name, seconds)

    def passed(self) -> None:
        """The messenger took a message: it does not refuse all."""
        self._refused.clear()
