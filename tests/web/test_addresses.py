"""By whose address people are counted: their own, as a trusted proxy says it, and as nobody else does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.clock import FixedClock
from bot.web.tries import Tries
from tests.web.served import Served, served
from tests.web.test_doors import enters, unit, visitor
from tests.web.test_sessions import device_code_of

#: Starts the bot behind these trusted proxies.
Starting = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def at(demo_url: str, tmp_path: Path, clock: FixedClock) -> Starting:
    @asynccontextmanager
    async def starting(*proxies: str) -> AsyncIterator[Served]:
        async with served(demo_url, tmp_path, clock=clock, web={"trusted_proxies": proxies}) as running:
            yield running

    return starting


async def guesses(site: Served, browser: aiohttp.ClientSession, forwarded: str) -> int:
    async with browser.get(
        f"{site.root}/i/ABCDEFGH23", headers={"X-Forwarded-For": forwarded} if forwarded else {}
    ) as page:
        return page.status


@pytest.mark.attack("Somebody says that they come from another address each time, and guesses without end")
async def test_who_is_no_trusted_proxy_is_not_believed(at: Starting) -> None:
    async with at() as site, visitor() as browser:
        told = [await guesses(site, browser, f"10.0.0.{number}") for number in range(Tries.WRONG + 1)]
    assert told == [404] * Tries.WRONG + [429]


@pytest.mark.attack("Behind a proxy somebody puts another address before their own")
async def test_a_trusted_proxy_is_believed_about_the_last_address_alone(at: Starting) -> None:
    async with at("127.0.0.1") as site, visitor() as browser:
        for number in range(Tries.WRONG):
            assert await guesses(site, browser, f"10.0.0.{number}, 113.161.0.7") == 404
        assert await guesses(site, browser, "10.0.0.99, 113.161.0.7") == 429
        assert await guesses(site, browser, "113.161.0.8") == 404


async def test_a_workshop_behind_one_address_is_not_locked_out_by_who_guesses_there(at: Starting) -> None:
    async with at() as site:
        async with visitor() as stranger:
            for _ in range(Tries.WRONG + 5):
                await guesses(site, stranger, "")
        code = await device_code_of(site, "Nguyễn Thị Hoa")
        async with visitor() as worker, worker.post(f"{site.root}/enter", data={"code": code}) as page:
            assert str(page.url).endswith("/chat/")
        async with visitor() as new:
            await enters(new, f"{site.root}/i/{(await unit(site)).join_code}")
