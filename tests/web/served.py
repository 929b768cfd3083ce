"""The bot behind a real HTTP server, for tests that look at it as a browser does."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from bot.app import Bot
from bot.clock import Clock
from bot.config import Settings
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
class Served:
    """A bot at an address."""

    root: str
    bot: Bot


@asynccontextmanager
async def served(
    url: str, folder: Path, *, clock: Clock, is_demo: bool = True, port: int = 0, **settings: Any
) -> AsyncIterator[Served]:
    """Serve a bot on a migrated database."""
    listening = socket.create_server(("127.0.0.1", port))
    number = listening.getsockname()[1]
    chosen = Settings(
        database={"url": url}, media={"folder": folder / "media"}, web={"port": number}, **settings
    )
    bot = await build(chosen, is_demo=is_demo, clock=clock)
    server = _Server(
        uvicorn.Config(
            bot.asgi(), log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
        )
    )
    started = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            if started.done():
                started.result()
            await asyncio.sleep(0)
        yield Served(f"http://127.0.0.1:{number}", bot)
    finally:
        server.stop()
        await started
        listening.close()
