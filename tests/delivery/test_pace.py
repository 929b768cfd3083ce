"""How fast a messenger is written to, whatever is asked for: never above its ceilings, and the most urgent first."""

import asyncio
import heapq
import random
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.delivery.buckets import OwnBuckets, SharedBuckets
from bot.delivery.channel import NotSent, TryLater
from bot.delivery.pace import Pace, Rates
from storage.delivery.buckets import Ask, Taken
from storage.delivery.tables import Lane
from storage.engine import Database, open_engine

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


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), min_size=1, max_size=60),
    st.floats(0.01, 0.3),
    st.integers(0, 4),
)
async def test_permits_never_come_faster_than_the_rate(
    asks: list[tuple[float, int]], every: float, burst: int
) -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    moments: list[float] = []
    for gap, number in asks:
        hours.now += gap
        taken, wait = await buckets.take(Ask("a", every, number, behind=burst * every, ahead=1e9))
        assert taken
        moments += [hours.now + wait + at * every for at in range(number)]
    for first, later in zip(moments, moments[burst + 1 :], strict=False):
        assert later - first >= every - 1e-6


@given(st.floats(121, 1e9))
async def test_a_clock_that_jumped_back_stops_nothing(jump: float) -> None:
    hours = Hours()
    hours.now = 1e10
    buckets = OwnBuckets(hours)
    await buckets.take(Ask("a", 0.1))
    hours.now -= jump
    assert await buckets.take(Ask("a", 0.1)) == Taken(taken=True, wait=0.0)


@given(st.lists(st.tuples(st.floats(0, 0.2), st.integers(1, 3)), min_size=1, max_size=40))
async def test_of_several_buckets_all_give_or_none(asks: list[tuple[float, int]]) -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    given_out = 0
    for gap, number in asks:
        hours.now += gap
        taken, _ = await buckets.take_now(
            [Ask("a", 0.05, number, ahead=0.0), Ask("b", 0.1, number, ahead=0.0)]
        )
        given_out += number * taken
    # Whatever was refused cost neither of them anything.
    passed = hours.now - 1_000.0
    assert (await buckets.take(Ask("a", 0.0))).wait <= given_out * 0.05 + 1e-6
    assert (await buckets.take(Ask("b", 0.0))).wait <= given_out * 0.1 + 1e-6
    assert given_out * 0.1 <= passed + 3 * 0.1 + 1e-6


# ---------------------------------------------------------------- lanes

_WANTS = st.lists(
    st.tuples(st.floats(0, 8), st.sampled_from(list(Lane)), st.floats(0.01, 0.6)), min_size=1, max_size=250
)


@given(_WANTS, st.booleans())
async def test_nothing_leaves_faster_than_allowed_and_the_most_urgent_goes_first(
    wants: list[tuple[float, Lane, float]], two: bool
) -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    # Two processes have one set of buckets.
    paces = [paced(hours, buckets=buckets), paced(hours, buckets=buckets)]
    sent = Sent(hours)
    await hours.pass_until(
        *(
            sent.send(paces[number % 2 if two else 0], lane, f"{number}", after=after, takes=takes)
            for number, (after, lane, takes) in enumerate(wants)
        )
    )
    assert len(sent.all) == len(wants)
    assert most_in(sent.left(), 1.0) <= (31 if two else 30)
    if not two:
        assert all(later - first >= 1 / 30 - 1e-6 for first, later in pairwise(sent.left()))
    shared = sent.left(*SHARED)
    for seconds in (1.0, 4.0):
        # Four fifths, and what they were held up by before.
        assert not shared or most_in(shared, seconds) <= min(28.5 * seconds, 24 * seconds + 17) + 2
    if not two:
        for at, (_, _, lane) in enumerate(sent.all):
            later = [
                one for one in sent.all[at + 1 :] if lane is not Lane.ANSWER and one[2] is not Lane.ANSWER
            ]
            # What left later and is more urgent came when this one had its permit already.
            assert all(other >= lane or wanted >= sent.all[at][1] - 0.25 for wanted, _, other in later)


async def test_mailings_use_their_four_fifths_to_the_full_beside_conversations() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)

    async def mailing(slot: int) -> None:
        for number in range(20):
            await sent.send(pace, Lane.BROADCAST, f"b{slot}.{number}")

    async def person(place: int) -> None:
        for _ in range(4):
            await sent.send(pace, Lane.ANSWER, f"a{place}", after=5.0 + place % 7 / 5)

    await hours.pass_until(*(mailing(slot) for slot in range(36)), *(person(place) for place in range(20)))
    broadcast = sent.left(Lane.BROADCAST)
    assert (len(broadcast) - 1) / (broadcast[-1] - broadcast[0]) >= 24 * 0.98
    assert most_in(sent.left(), 1.0) <= 29
    assert max(sent.waits(Lane.ANSWER)) < 0.5


async def test_answers_wait_behind_no_backlog_of_anything() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    backlog = [sent.send(pace, lane, f"{lane}{number}") for lane in reversed(SHARED) for number in range(100)]
    answers = [sent.send(pace, Lane.ANSWER, f"a{number}", after=number * 0.25) for number in range(40)]
    await hours.pass_until(*backlog, *answers)
    assert max(sent.waits(Lane.ANSWER)) < 0.2
    # Decisions, then reminders, then broadcasts, whoever came first; the very first was alone.
    lanes = [lane for _, _, lane in sent.all if lane is not Lane.ANSWER]
    assert lanes[1:] == sorted(lanes[1:])


@pytest.mark.parametrize("lane", SHARED)
async def test_a_fifth_stays_free_for_answers_even_when_there_are_none(lane: Lane) -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    await hours.pass_until(*(sent.send(pace, lane, f"{number}") for number in range(500)))
    # Twelve may be caught up with after silence, and four taken before their time.
    assert most_in(sent.left(), 10.0) <= 24 * 10 + 12 + 4 + 1
    assert sent.left()[-1] - sent.left()[0] >= (500 - 18) / 24


@pytest.mark.parametrize("after", [1.0, 1.02, 5.0, 5.01, 5.02, 5.03])
async def test_another_process_s_decisions_go_before_the_broadcasts_of_this_one(after: float) -> None:
    hours = Hours(late=0.002)
    buckets = OwnBuckets(hours)
    here, there = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    sent = Sent(hours)
    broadcasts = [sent.send(here, Lane.BROADCAST, f"b{number}") for number in range(300)]
    decisions = [sent.send(there, Lane.DECISION, f"d{number}", after=after) for number in range(60)]
    await hours.pass_until(*broadcasts, *decisions)
    decided = sent.left(Lane.DECISION)
    between = [one for one in sent.left(Lane.BROADCAST) if decided[0] <= one <= decided[-1]]
    assert len(between) <= 3
    assert decided[-1] - decided[0] <= 60 / 24 + 0.2


async def test_a_stall_makes_no_crowd_of_an_even_row() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)

    async def stalls() -> None:
        for _ in range(3):
            await hours.sleep(1.3)
            hours.now += 0.7  # nothing at all is done meanwhile, and everybody is late

    await hours.pass_until(
        *(sent.send(pace, Lane.BROADCAST, f"{number}") for number in range(120)),
        *(sent.send(pace, Lane.ANSWER, f"a{number}", after=1.2) for number in range(30)),
        stalls(),
    )
    assert most_in(sent.left(), 1.0) <= 30
    assert all(later - first >= 1 / 30 - 1e-6 for first, later in pairwise(sent.left()))


async def test_what_is_not_answered_counts_until_it_is() -> None:
    hours = Hours()
    pace = paced(hours)
    sent = Sent(hours)
    # The messenger takes four seconds to answer, and may have counted them all in the last one.
    await hours.pass_until(*(sent.send(pace, Lane.ANSWER, f"{number}", takes=4.0) for number in range(70)))
    assert most_in(sent.left(), 4.0) <= 30


# ---------------------------------------------------------------- chats


async def test_a_chat_gets_one_a_second_and_a_group_twenty_a_minute_from_all_processes_together() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    paces = [paced(hours, buckets=buckets), paced(hours, buckets=buckets)]
    chat: list[float] = []
    group: list[float] = []

    async def to_one(pace: Pace) -> None:
        for _ in range(10):
            async with pace.leave("7", Lane.ANSWER):
                chat.append(hours.now)

    async def to_group(pace: Pace) -> None:
        for _ in range(20):
            async with pace.leave("-7", Lane.DECISION, is_group=True):
                group.append(hours.now)

    await hours.pass_until(*(to_one(pace) for pace in paces), *(to_group(pace) for pace in paces))
    assert most_in(chat, 3.0) <= 4
    assert most_in(group, 60.0) <= 20


async def test_who_would_have_to_wait_long_comes_back_later_and_holds_up_nobody() -> None:
    hours = Hours()
    pace = paced(hours)
    late: list[TryLater] = []

    async def to_one() -> None:
        try:
            async with pace.leave("7", Lane.DECISION):
                pass
        except TryLater as problem:
            late.append(problem)

    await hours.pass_until(*(to_one() for _ in range(20)))
    assert len(late) == 20 - 6
    assert all(4 < problem.seconds < 8 and not problem.everywhere for problem in late)


async def leaves(pace: Pace, chat: str) -> None:
    async with pace.leave(chat, Lane.ANSWER):
        pass


async def test_one_chat_that_is_refused_holds_up_no_other() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    pace, other_process = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    await pace.refused("7", 30.0)
    for one in (pace, other_process):
        with pytest.raises(TryLater) as held:
            await leaves(one, "7")
        assert held.value.seconds == pytest.approx(30.0)
        assert not held.value.everywhere
    await hours.pass_until(leaves(pace, "8"))
    hours.now += 31
    await hours.pass_until(leaves(pace, "7"))


async def test_when_all_are_refused_all_wait() -> None:
    hours = Hours()
    buckets = OwnBuckets(hours)
    pace, other_process = paced(hours, buckets=buckets), paced(hours, buckets=buckets)
    for chat in ("1", "2", "3"):
        await pace.refused(chat, 20.0)
    with pytest.raises(TryLater) as held:
        await leaves(pace, "4")
    assert held.value.everywhere
    with pytest.raises(TryLater) as held:
        async with other_process.leave("5", Lane.BROADCAST):
            pass
    assert held.value.everywhere
    hours.now += 21
    pace.passed()
    await hours.pass_until(leaves(pace, "4"))


async def test_what_passes_in_between_shows_that_not_all_are_refused() -> None:
    hours = Hours()
    pace = paced(hours)
    for chat in ("1", "2", "3", "4"):
        await pace.refused(chat, 20.0)
        pace.passed()
    await hours.pass_until(leaves(pace, "5"))


async def test_without_limits_nothing_waits() -> None:
    hours = Hours()
    pace = paced(hours, Rates())
    for number in range(1_000):
        async with pace.leave(str(number % 3), Lane.BROADCAST if number % 2 else Lane.ANSWER):
            pass
    assert hours.now == 1_000.0
    assert pace.bulk_at_once == 256


async def test_a_rate_that_cannot_be_asked_for_lets_nothing_out_and_nothing_is_lost() -> None:
    class Gone(OwnBuckets):
        async def take(self, ask: Ask) -> Taken:
            raise ConnectionError

        async def take_now(self, asks: Sequence[Ask]) -> Taken:
            raise ConnectionError

    hours = Hours()
    for rates in (Rates(30.0), Rates(0.0, 1.0)):
        pace = paced(hours, rates, Gone(hours))
        for lane in Lane:
            with pytest.raises(NotSent):
                async with pace.leave("1", lane):
                    pytest.fail("it left")


# ---------------------------------------------------------------- several processes on PostgreSQL


@pytest.fixture
async def two(request: pytest.FixtureRequest) -> Any:
    server = request.getfixturevalue("_postgresql")
    url: str = server.create()
    one, other = Database(open_engine(url)), Database(open_engine(url))
    yield SharedBuckets(one), SharedBuckets(other), one
    await one.close()
    await other.close()
    server.drop(url)


async def test_what_two_processes_take_at_once_is_counted_once(
    two: tuple[SharedBuckets, SharedBuckets, Database],
) -> None:
    buckets = two[:2]
    asks = [buckets[number % 2].take(Ask("telegram", 10.0, ahead=1e6)) for number in range(10)]
    waits = sorted(one.wait for one in await asyncio.gather(*asks))
    assert [round(wait / 10.0) for wait in waits] == list(range(10))
    # Both write to the same chats, which got one message already and may have two at once.
    for number in range(20):
        await buckets[0].take(Ask(f"telegram:{number}", 50.0, behind=50.0))
    again = [
        one.take(Ask(f"telegram:{number}", 50.0, behind=50.0, ahead=4.0))
        for number in range(20)
        for one in (*buckets, *buckets)
    ]
    assert sum(one.taken for one in await asyncio.gather(*again)) == 20


async def test_two_processes_share_one_rate(two: tuple[SharedBuckets, SharedBuckets, Database]) -> None:
    here, there, database = two
    both = [Ask("telegram", 10.0, ahead=0.0), Ask("telegram:", 20.0, ahead=0.0)]
    taken, wait = await here.take_now(both)
    assert taken
    assert 15.0 < wait <= 20.0
    taken, wait = await there.take_now(both)
    assert not taken
    assert 15.0 < wait <= 20.0
    # Nothing was taken of either.
    assert 5.0 < (await here.take(Ask("telegram", 10.0))).wait <= 10.0
    refused = await there.take(Ask("telegram", 10.0, ahead=4.0))
    assert not refused.taken
    assert 15.0 < refused.wait <= 20.0
    await there.hold("telegram", 100.0)
    assert (await here.take(Ask("telegram", 0.1))).wait > 90.0
    here._tidied -= 3600
    async with database.write() as session:
        await session.execute(text("UPDATE bucket SET free_at = free_at - 1000 WHERE name = 'telegram:'"))
    await here.take(Ask("telegram", 0.1))
    async with database.read() as session:
        assert set(await session.scalars(text("SELECT name FROM bucket"))) == {"telegram"}
