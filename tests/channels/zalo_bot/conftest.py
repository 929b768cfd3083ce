"""A bot on a real Zalo server of our own, reachable by it over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import FixedClock
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot
from tests.talk import START, Stage
from tests.web.served import served


def zalo_settings(zalo: FakeZaloBot, **chosen: object) -> dict[str, object]:
    """Settings of a Zalo that may be written to as fast as one can, and whose photos are on this machine."""
    settings = {
        "token": TOKEN,
        "api": zalo.api,
        "per_second": 0,
        "chat_per_second": 0,
        "photos_from": [zalo.api],
    }
    return {**settings, **chosen}


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot() as fake:
        yield fake


@pytest.fixture
async def bot(zalo: FakeZaloBot, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that polls; on SQLite and on PostgreSQL."""
    clock = FixedClock(START)
    # Everybody takes two seconds to read and type.
    zalo.now_ms = lambda: int(clock.now().timestamp() * 1000) + 2_000
    async with served(demo_url, tmp_path, clock=clock, zalo_bot=zalo_settings(zalo)) as running:
        yield Stage(running.bot, clock)
