"""A stand-in for Zalo, and a bot that runs behind a webhook of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.updates import Webhook
from bot.clock import FixedClock
from bot.texts import Texts
from storage.engine import Database, open_engine
from tests.channels.zalo_oa.sending import Make
from tests.fakes.zalo_oa import FakeZaloOa, Person
from tests.talk import START, Stage, stage

TEXTS = Texts.load()
ROOT = "https://sangkien.example.vn"


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

    async def settles(self) -> None:
        """Everything that came in is worked on, answered and told."""
        await self.stage.bot.desk.settled()
        while await self.stage.bot.sender.round():
            pass


@asynccontextmanager
async def serving(routes: Sequence[BaseRoute]) -> AsyncIterator[str]:
    """Routes behind a real HTTP server; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=routes)
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
    clock = FixedClock(START)
    async with (
        FakeZaloOa(clock) as zalo,
        stage(url, folder, clock=clock, zalo_oa=zalo.settings(**more)) as running,
        serving(running.bot.routes) as root,
    ):
        zalo.webhook = root + Webhook.PATH
        door = Door(zalo, running)
        yield door
        await door.settles()


@pytest.fixture
async def door(demo_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    """A bot with an Official Account."""
    async with opened(demo_url, tmp_path) as door:
        yield door


@pytest.fixture
async def door_on_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    """The same on SQLite alone, where a test is about Zalo and not about what is stored."""
    async with opened(request.getfixturevalue("_sqlite").create(tmp_path), tmp_path) as door:
        yield door


@pytest.fixture
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """On SQLite alone: what is kept has tests of its own, on both."""
    database = Database(open_engine(request.getfixturevalue("_sqlite").create(tmp_path)))
    yield database
    await database.close()


@pytest.fixture
async def make(
    zalo: FakeZaloOa, database: Database, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Make]:
    make = Make(zalo, database, clock, tmp_path)
    yield make
    await make.close()


@pytest.fixture
async def channel(make: Make) -> ZaloOaChannel:
    return await make()


@pytest.fixture
def lan(zalo: FakeZaloOa, clock: FixedClock) -> Person:
    """Somebody who wrote just now."""
    lan = zalo.person("Lan")
    lan.last_seen = clock.now()
    return lan
