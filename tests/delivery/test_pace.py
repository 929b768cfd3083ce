"""How fast a messenger is written to, whatever is asked for: never above its ceilings, and answers first."""

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.channel import TryLater
from bot.delivery.pace import OwnBuckets, Pace, Rates, SharedBuckets, reserve
from storage.engine import Database, open_engine

TELEGRAM = Rates(30.0, 1.0, 20.0)


class Hours:
    """Time that passes only while everybody waits."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + seconds, self._number, future))
        await future

    async def pass_until(self, *work: Coroutine[Any, Any, None]) -> None:
        """Do all this side by side."""
        tasks = [asyncio.create_task(one) for one in work]
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting:
                self.now, _, future = heapq.heappop(self._waiting)
                future.set_result(None)
        for task in tasks:
            task.result()


def paced(hours: Hours, rates: Rates = TELEGRAM) -> Pace:
    return Pace("telegram", rates, OwnBuckets(hours), clock=hours, sleep=hours.sleep)


def most_in(moments: list[float], seconds: float) -> int:
    """How many fall into the fullest stretch of so many seconds."""
    return max(sum(1 for other in moments if one <= other < one + seconds - 1e-9) for one in moments)


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
    st.floats(0.01, 5),
    st.integers(1, 4),
)
def test_permits_never_come_faster_than_the_rate(gaps: list[float], every: float, burst: int) -> None:
    now, free_at, moments = 100.0, 0.0, []
    for gap in gaps:
        now += gap
        free_at, wait = reserve(free_at, now, every, burst=burst)
        assert wait >= 0
        moments.append(now + wait)
    assert moments == sorted(moments)
    for first, later in zip(moments, moments[burst:], strict=False):
        assert later - first >= every - 1e-6


@given(st.floats(130, 1e9))
def test_a_clock_that_jumped_back_stops_nothing(jump: float) -> None:
    free_at, _ = reserve(0.0, 1e10, 0.1)
    _, wait = reserve(free_at, 1e10 - jump, 0.1)
    assert wait == 0.0


async def test_mailings_use_four_fifths_and_answers_wait_behind_a_few_of_them_at_most() -> None:
    hours = Hours()
    pace = paced(hours)
    bulk: list[float] = []
    answers: list[float] = []
    waits: list[float] = []

    async def mailing() -> None:
        for number in range(600):
            await pace.may_send(f"b{number}", bulk=True)
            bulk.append(hours.now)

    async def conversations() -> None:
        for number in range(90):
            await hours.sleep(0.01 if number % 10 else 2.0)
            before = hours.now
            await pace.may_send(f"a{number}")
            answers.append(hours.now)
            waits.append(hours.now - before)

    await hours.pass_until(mailing(), conversations())
    assert most_in(bulk, 1.0) <= 25
    assert most_in(sorted(bulk + answers), 1.0) <= 30
    assert (len(bulk) - 1) / (bulk[-1] - bulk[0]) >= 24 * 0.95
    assert max(waits) < 0.5


async def test_a_chat_gets_one_a_second_and_a_group_twenty_a_minute() -> None:
    hours = Hours()
    pace = paced(hours)
    chat: list[float] = []
    group: list[float] = []

    async def to_one() -> None:
        for _ in range(20):
            await pace.may_send("7")
            chat.append(hours.now)

    async def to_group() -> None:
        for _ in range(45):
            await pace.may_send("-7", is_group=True)
            group.append(hours.now)

    await hours.pass_until(to_one(), to_group())
    assert most_in(chat, 3.0) <= 4
    assert most_in(group, 60.0) <= 20


async def test_one_chat_that_is_refused_holds_up_no_other() -> None:
    hours = Hours()
    pace = paced(hours)
    await pace.refused("7", 30.0)
    with pytest.raises(TryLater) as held:
        await pace.may_send("7")
    assert held.value.seconds == pytest.approx(30.0)
    assert not held.value.everywhere
    await hours.pass_until(pace.may_send("8"))
    hours.now += 31
    await hours.pass_until(pace.may_send("7"))


async def test_when_all_are_refused_all_wait() -> None:
    hours = Hours()
    pace = paced(hours)
    for chat in ("1", "2", "3"):
        await pace.refused(chat, 20.0)
    with pytest.raises(TryLater) as held:
        await pace.may_send("4")
    assert held.value.everywhere
    hours.now += 21
    pace.passed()
    await hours.pass_until(pace.may_send("4"))


async def test_what_passes_in_between_shows_that_not_all_are_refused() -> None:
    hours = Hours()
    pace = paced(hours)
    for chat in ("1", "2", "3", "4"):
        await pace.refused(chat, 20.0)
        pace.passed()
    await hours.pass_until(pace.may_send("5"))


async def test_without_limits_nothing_waits() -> None:
    hours = Hours()
    pace = paced(hours, Rates())
    for number in range(1_000):
        await pace.may_send(str(number % 3), bulk=number % 2 == 0)
    assert hours.now == 1_000.0
    assert pace.bulk_at_once == 256


async def test_two_processes_share_one_rate(request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("_postgresql")
    url: str = server.create()
    one, two = Database(open_engine(url)), Database(open_engine(url))
    try:
        buckets = [SharedBuckets(one), SharedBuckets(two)]
        waits = [await buckets[number % 2].take("telegram", 10.0) for number in range(6)]
        assert waits[0] == 0.0
        # Ten seconds apart, less what the trips themselves took.
        assert all(later - first > 9.0 for first, later in pairwise(waits))
        await buckets[0].hold("telegram", 100.0)
        assert await buckets[1].take("telegram", 0.1) > 90.0
    finally:
        await one.close()
        await two.close()
        server.drop(url)
