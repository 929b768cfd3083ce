"""Live streams where there are fewer seats than people: nobody keeps others out by holding many."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.clock import FixedClock
from bot.config.web import WebSettings
from bot.web import serving
from bot.web.streams import PER_ACCOUNT, PER_GUEST, Seat, Streams
from tests.web.served import Served, served
from tests.web.test_doors import enters, says, unit
from tests.web.test_sessions import device_code_of

MOST = 12


@given(
    some.lists(
        some.tuples(some.integers(0, 5), some.sampled_from("abc"), some.booleans(), some.booleans()),
        max_size=80,
    )
)
def test_whoever_comes_and_goes_no_bound_is_passed_and_no_guest_sits_while_who_is_registered_stands(
    comings: list[tuple[int, str, bool, bool]],
) -> None:
    streams, sitting = Streams(MOST), list[Seat]()
    for account, place, is_guest, goes in comings:
        if goes and sitting:
            streams.leave(sitting.pop(account % len(sitting)))
        # Who is a guest stays one here: accounts of both kinds have numbers of their own.
        seat = Seat(account + 100 * is_guest, place, is_guest=is_guest)
        if streams.take(seat):
            sitting = [*(one for one in sitting if not one.is_lost), seat]
        elif not is_guest and sum(one.account_id == account for one in sitting) < PER_ACCOUNT:
            is_at_place = sum(one.place == place for one in sitting) >= MOST // 2
            assert not any(one.is_guest and (one.place == place or not is_at_place) for one in sitting)
        assert len(sitting) <= MOST
        assert all(number <= MOST // 2 for number in Counter(one.place for one in sitting).values())
        for holder, number in Counter((one.account_id, one.is_guest) for one in sitting).items():
            assert number <= (PER_GUEST if holder[1] else PER_ACCOUNT)


def test_who_holds_many_gives_one_up_to_who_has_none() -> None:
    streams = Streams(4)
    many = [Seat(1, "a", is_guest=False), Seat(1, "a", is_guest=False), Seat(1, "b", is_guest=False)]
    assert all(streams.take(one) for one in [*many, Seat(2, "b", is_guest=False)])
    assert streams.take(Seat(3, "c", is_guest=False))
    assert [one.is_lost for one in many] == [True, False, False]


def test_who_holds_as_few_as_others_takes_nothing_from_them_again_and_again() -> None:
    streams = Streams(2)
    two = [Seat(1, "a", is_guest=False), Seat(2, "b", is_guest=False)]
    assert all(streams.take(one) for one in two)
    assert not streams.take(Seat(3, "c", is_guest=False))
    assert not any(one.is_lost for one in two)


@pytest.mark.parametrize(("handles", "connections"), [(256, 128), (1024, 896), (20_000, 8_000), (100, 50)])
def test_the_bot_keeps_handles_for_itself(handles: int, connections: int) -> None:
    web = WebSettings()
    assert serving.connections(web, handles) == connections
    assert serving.streams(web, handles) < connections
    assert serving.bounds_of(web, handles).each <= connections // 2


@pytest.fixture
async def small(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    """As where the system allows few handles: 30 connections, 18 of them streams, half of them for one address."""
    async with served(demo_url, tmp_path, clock=clock, web={"connections": 30}) as running:
        yield running


def browser_at(own: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(local_addr=(own, 0), limit=0),
        timeout=aiohttp.ClientTimeout(total=20),
    )


async def hears(
    site: Served, browser: aiohttp.ClientSession, stack: AsyncExitStack
) -> aiohttp.ClientResponse:
    """A stream that has begun; it goes on until the ``stack`` is left."""
    stream = await stack.enter_async_context(browser.get(f"{site.root}/chat/events?after=0"))
    if stream.status == 200:
        assert (await stream.content.readline()).startswith(b"retry:")
    return stream


@pytest.mark.attack("A few dozen guests hold streams until nobody else can come in")
@pytest.mark.parametrize("own", ["127.0.0.2", "127.0.0.3"], ids=["at the same address", "elsewhere"])
async def test_guests_who_hold_all_they_can_shut_nobody_out(small: Served, own: str) -> None:
    home = await unit(small)
    code = await device_code_of(small, "Nguyễn Thị Hoa")
    async with AsyncExitStack() as stack:
        held = list[aiohttp.ClientResponse]()
        for _ in range(10):
            guest = await stack.enter_async_context(browser_at("127.0.0.2"))
            await enters(guest, f"{small.root}/i/{home.join_code}")
            for _ in range(4):
                try:
                    held.append(await hears(small, guest, stack))
                except aiohttp.ClientConnectionError:
                    continue
        assert any(stream.status == 200 for stream in held)
        assert any(stream.status == 503 for stream in held)
        worker = await stack.enter_async_context(browser_at(own))
        async with worker.post(f"{small.root}/enter", data={"code": code}) as page:
            assert str(page.url).endswith("/chat/")
        stream = await hears(small, worker, stack)
        assert stream.status == 200
        assert await says(small, worker, "Xin chào", "key-00000001") == 200
        async with asyncio.timeout(10):
            async for line in stream.content:
                if "Xin chào" in line.decode():
                    break
