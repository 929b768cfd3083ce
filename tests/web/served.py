"""The bot behind a real HTTP server, for tests that look at it as a browser does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from bot.app import Bot
from bot.clock import Clock
from bot.config import Settings
from bot.web.serving import server_config
from bot.wiring import build


class _Server(uvicorn.Server):
    """One that begins to stop when it is told to, rather than at its next look."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._told.wait()

    def stop(self) -> None:
        self._told.set()


@dataclass(slots=True)
class Listening:
    """A server at a port of this machine."""

    port: int
    state: ServerState


@asynccontextmanager
async def listening(config: uvicorn.Config, taken: socket.socket | None = None) -> AsyncIterator[Listening]:
    """Run a server on a socket that was ``taken`` for it, or on any."""
    own = taken or socket.create_server(("127.0.0.1", 0))
    server = _Server(config)
    started = asyncio.create_task(server.serve(sockets=[own]))
    try:
        while not server.started:
            if started.done():
                started.result()
            await asyncio.sleep(0)
        yield Listening(own.getsockname()[1], server.server_state)
    finally:
        server.stop()
        await started
        own.close()


@dataclass(slots=True)
class Served:
    """A bot at an address."""

    root: str
    bot: Bot


@asynccontextmanager
async def served(
    url: str,
    folder: Path,
    *,
    clock: Clock,
    is_demo: bool = True,
    port: int = 0,
    web: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """Serve a bot on a migrated database."""
    taken = socket.create_server(("127.0.0.1", port))
    number = taken.getsockname()[1]
    chosen = Settings(
        database={"url": url},
        media={"folder": folder / "media"},
        web={**(web or {}), "port": number},
        **settings,
    )
    bot = await build(chosen, is_demo=is_demo, clock=clock)
    async with listening(server_config(bot.asgi(), chosen.web, graceful_s=1), taken):
        yield Served(f"http://127.0.0.1:{number}", bot)
