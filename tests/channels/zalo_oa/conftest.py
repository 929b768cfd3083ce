"""A stand-in for Zalo, and a bot that runs behind a webhook of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.zalo_oa.channel import NAME, ZaloOaChannel
from bot.channels.zalo_oa.updates import Webhook
from bot.clock import FixedClock
from bot.config import ZaloOaSettings
from bot.delivery.pace import OwnBuckets, Pace, Rates
from tests.fakes.zalo_oa import FakeZaloOa
from tests.talk import Stage, stage


@pytest.fixture
async def zalo(clock: FixedClock) -> AsyncIterator[FakeZaloOa]:
    """Zalo, on the test's clock."""
    async with FakeZaloOa(clock) as fake:
        yield fake


@dataclass(slots=True)
class Door:
    """A running bot with an Official Account."""

    zalo: FakeZaloOa
    stage: Stage
    channel: ZaloOaChannel
    webhook: Webhook

    async def settles(self) -> None:
        """Everything that came in is worked on, answered and told."""
        await self.stage.bot.desk.settled()
        while await self.stage.bot.sender.round():
            pass


@asynccontextmanager
async def serving(webhook: Webhook) -> AsyncIterator[str]:
    """The webhook behind a real HTTP server; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=webhook.routes())
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    started = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            if started.done():
                started.result()
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await started
        listening.close()


@asynccontextmanager
async def opened(url: str, folder: Path, **more: Any) -> AsyncIterator[Door]:
    """A bot with an Official Account, on a migrated database; ``more`` are settings of the account."""
    async with stage(url, folder) as running, FakeZaloOa(running.clock) as zalo:
        bot = running.bot
        settings = ZaloOaSettings(**zalo.settings(**more))
        pace = Pace(NAME, Rates(settings.per_minute / 60), OwnBuckets())
        channel = ZaloOaChannel(settings, bot.database, running.clock, bot.chat.media, bot.world.texts, pace)
        assert isinstance(bot.channels, dict)
        bot.channels[NAME] = channel
        webhook = Webhook(settings, bot.desk, running.clock)
        await channel.start()
        async with serving(webhook) as root:
            zalo.webhook = root + Webhook.PATH
            door = Door(zalo, running, channel, webhook)
            yield door
            await door.settles()
        await channel.stop()


@pytest.fixture
async def door(database_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    """A bot with an Official Account."""
    async with opened(database_url, tmp_path) as door:
        yield door


@pytest.fixture
async def door_on_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    """The same on SQLite alone, where a test is about Zalo and not about what is stored."""
    async with opened(request.getfixturevalue("_sqlite").create(tmp_path), tmp_path) as door:
        yield door
