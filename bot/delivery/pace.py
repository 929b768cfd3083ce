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
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from bot.delivery.buckets import Buckets
from bot.delivery.channel import NotSent, TryLater
from bot.delivery.window import Window
from storage.delivery.buckets import Ask, Taken
from storage.delivery.tables import Lane

log = logging.getLogger(__name__)

#: The part of a rate that everything but answers shares; the rest is kept for answers.
SHARED_PART = 0.8
#: Requests come in less evenly than they leave: a little below a ceiling stays below it.
_CARE = 0.95
#: So many permits of the shared part that answers, or a slow disk, were in the way of are caught up with.
_CATCH_UP = 12
#: So many permits a lane may take before its time. What is less urgent may not, and so gets none before it has had all.
_AHEAD = {Lane.DECISION: 4, Lane.REMINDER: 2, Lane.BROADCAST: 0}
#: Who would have to wait longer is told to come back, and holds up nobody meanwhile.
_PATIENCE = 4.0
#: Chats that are remembered as held.
_CHATS = 20_000
#: So many chats refused one after the other mean that the whole messenger refuses.
_ALL_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second in all, messages a second to one chat, and messages a minute to one group; 0 for no limit."""

    per_second: float = 0.0
    chat_per_second: float = 0.0
    group_per_minute: float = 0.0


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
        self._window = Window(rates.per_second, clock, sleep)

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
