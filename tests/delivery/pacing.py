"""A clock and a messenger whose hours pass at once, for the tests of paces and buckets."""

import asyncio
import heapq
import random
from collections.abc import Coroutine, Sequence
from typing import Any

from bot.delivery.buckets import OwnBuckets
from bot.delivery.pace import Pace, Rates
from storage.delivery.tables import Lane

TELEGRAM = Rates(30.0, 1.0, 20.0)
SHARED = (Lane.DECISION, Lane.REMINDER, Lane.BROADCAST)


class Hours:
    """Time that passes only while everybody waits. ``late``: seconds by which a sleeper may wake late, as they do."""

    def __init__(self, *, late: float = 0.0) -> None:
        self.now = 1_000.0
        self._late, self._dice = late, random.Random(5)  # noqa: S311 - it keeps no secret
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        moment = self.now + seconds + self._dice.uniform(0.0, self._late)
        heapq.heappush(self._waiting, (moment, self._number, future))
        await future

    async def pass_until(self, *work: Coroutine[Any, Any, None]) -> None:
        """Do all this side by side."""
        tasks = [asyncio.create_task(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(8):
                await asyncio.sleep(0)
            if self._waiting and not all(task.done() for task in tasks):
                moment, _, future = heapq.heappop(self._waiting)
                self.now = max(self.now, moment)
                future.set_result(None)
        for task in tasks:
            task.result()


class Sent:
    """What left, in order: when it was wanted, when it left, in which lane."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self.all: list[tuple[float, float, Lane]] = []

    async def send(
        self, pace: Pace, lane: Lane, chat: str = "", *, after: float = 0.0, takes: float = 0.05
    ) -> None:
        """Somebody wants something sent, to a chat of its own if none is named."""
        await self.hours.sleep(after)
        wanted = self.hours.now
        async with pace.leave(chat or f"{id(self)}-{len(self.all)}-{after}-{lane}", lane):
            self.all.append((wanted, self.hours.now, lane))
            await self.hours.sleep(takes)

    def left(self, *lanes: Lane) -> list[float]:
        return [left for _, left, lane in self.all if lane in (lanes or tuple(Lane))]

    def waits(self, lane: Lane) -> list[float]:
        return [left - wanted for wanted, left, one in self.all if one is lane]


def paced(hours: Hours, rates: Rates = TELEGRAM, buckets: OwnBuckets | None = None) -> Pace:
    return Pace("telegram", rates, buckets or OwnBuckets(hours), clock=hours, sleep=hours.sleep)


def most_in(moments: Sequence[float], seconds: float) -> int:
    """How many fall into the fullest stretch of so many seconds."""
    return max(sum(1 for other in moments if one <= other < one + seconds - 1e-9) for one in moments)


# ---------------------------------------------------------------- one bucket
