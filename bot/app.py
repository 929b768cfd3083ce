"""A running bot: what works while it runs, and how it stops without losing anything."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.channels.door import Door
from bot.channels.web import WebChannel
from bot.clock import Clock
from bot.config import Settings
from bot.delivery.channel import Channel
from bot.delivery.liveness import Liveness
from bot.delivery.mailer import Mailer
from bot.delivery.mailing_clock import MailingClock
from bot.delivery.sender import Sender
from bot.reception.desk import Desk
from bot.services.shared import Services
from bot.web.application import application
from bot.web.guard import App, Guard
from bot.web.live import watch_other_processes
from bot.web.parts import ChatParts
from storage import sealing
from storage.engine import Database

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Bot:
    """A running bot, put together."""

    settings: Settings
    database: Database
    clock: Clock
    services: Services
    desk: Desk
    liveness: Liveness
    sender: Sender
    mailer: Mailer
    mailing_clock: MailingClock
    channels: Mapping[str, Channel]
    chat: ChatParts
    routes: list[BaseRoute]
    #: The messengers that are switched on.
    doors: Sequence[Door]

    def asgi(self) -> App:
        """The web application, which runs all the rest while it runs."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with self.running():
                yield

        web = self.settings.web
        app = application(self.chat, self.routes, lifespan)
        return Guard(app, root=web.root, listens_on=web.host, hosts=web.hosts)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything at work; stopped cleanly at the end of the block."""
        tasks = [asyncio.create_task(self.desk.run(), name="desk")]
        for door in self.doors:
            await door.open()
        await self.desk.recover(orphans_only=not self.database.is_sqlite)
        await self.liveness.begin()
        alive = asyncio.create_task(self.liveness.run(), name="liveness")
        tasks.append(alive)
        tasks.append(asyncio.create_task(self.sender.run(), name="sender"))
        tasks.append(asyncio.create_task(self.mailer.run(), name="mailer"))
        tasks.append(asyncio.create_task(self.mailing_clock.run(), name="mailing_clock"))
        tasks += [asyncio.create_task(door.take(self.desk), name=door.channel.name) for door in self.doors]
        if not self.database.is_sqlite:
            tasks.append(asyncio.create_task(watch_other_processes(self.chat), name="watch"))
        for task in tasks:
            task.add_done_callback(_say_if_broken)
        try:
            yield
        finally:
            for door in self.doors:
                door.shut()
            try:
                async with asyncio.timeout(10):
                    await self.desk.settled()
            except TimeoutError:
                log.warning("answers under way are left for the next start")
            # Nothing is cut off in the middle of a statement.
            self.mailing_clock.stop()
            self.mailer.stop()
            self.sender.stop()
            self.desk.stop()
            working = [
                task for task in tasks if task.get_name() in ("sender", "desk", "mailer", "mailing_clock")
            ]
            await asyncio.wait(working, timeout=10)
            self.liveness.stop()
            await asyncio.wait([alive], timeout=10)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.liveness.leave()
            await self.desk.flush()
            async with self.database.write() as session:
                await sealing.seal(session, self.clock.now())
            web = self.channels["web"]
            if isinstance(web, WebChannel):
                await web.drawn()
            for door in self.doors:
                await door.close()
            await self.database.close()


def _say_if_broken(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s has stopped working", task.get_name(), exc_info=task.exception())
