"""Buckets of permits: never faster than their rate, in one process and in several."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.delivery.buckets import OwnBuckets, SharedBuckets
from storage.delivery.buckets import Ask, Taken
from storage.engine import Database, open_engine
from tests.delivery.pacing import Hours


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
