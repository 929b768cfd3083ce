"""The wiring: which part gets which, and what runs while the bot runs."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot import demo
from bot.channels.door import Door, Parts, open_doors
from bot.channels.handing_out import HandingOut
from bot.channels.web import Bell, WebChannel
from bot.clock import Clock, SystemClock
from bot.config import Settings, WrongSetting
from bot.delivery.channel import Channel
from bot.delivery.liveness import Liveness
from bot.delivery.mailer import Mailer
from bot.delivery.mailing_clock import MailingClock
from bot.delivery.sender import Sender
from bot.handlers.feature import Every
from bot.handlers.features import all_features
from bot.media.store import MediaStore
from bot.quiet_hours import quiet_hours
from bot.reception.desk import Desk
from bot.screens.composing import Composer
from bot.screens.telling import Teller
from bot.services import retelling
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.mailings import living
from bot.services.shared import ChannelLimits, DataHolder, Links, Services
from bot.texts import Texts
from bot.web.application import application
from bot.web.chat import CHAT, Chat, ChatParts, watch_other_processes
from bot.web.devices import Devices
from bot.web.doors import DemoDoors, Doors
from bot.web.page import Pages
from bot.web.tries import Tries
from storage.delivery.tables import Outbox
from storage.engine import Database, open_engine
from storage.marks import Mark

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

    def asgi(self) -> Starlette:
        """The web application, which runs all the rest while it runs."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with self.running():
                yield

        return application(self.chat, self.routes, lifespan)

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
            web = self.channels["web"]
            if isinstance(web, WebChannel):
                await web.drawn()
            for door in self.doors:
                await door.close()
            await self.database.close()


def _say_if_broken(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s has stopped working", task.get_name(), exc_info=task.exception())


async def build(settings: Settings, *, is_demo: bool, clock: Clock | None = None) -> Bot:
    """Put a bot together on a migrated database. Raises :class:`WrongSetting` when demo and real are mixed."""
    clock = clock or SystemClock()
    dead_after = timedelta(seconds=settings.database.dead_after)
    # What a process leaves locked when it is stopped in the middle is let go of when it is taken for dead.
    database = Database(open_engine(settings.database.url, idle=dead_after))
    people = await demo.people_to_be(database)
    if people is None and is_demo and await demo.is_empty(database):
        people = await demo.fill(database, clock)
    if people is not None and not is_demo:
        await database.close()
        raise WrongSetting(
            f"database.url: {settings.database.url} holds the demo and its people; choose another database"
        )
    secret = await _secret(database)
    texts = Texts.load()
    book = ProgrammeBook()
    async with database.read() as session:
        await book.refresh(session)
    services = Services(
        texts,
        book,
        Links(settings.web.root),
        DataHolder(settings.holder.name, settings.holder.contact),
        is_demo,
    )
    services.large_from = settings.broadcasts.second_yes_from
    services.quiet = quiet_hours(settings.reminders)
    media = MediaStore(settings.media.folder, database, clock)
    liveness = Liveness(database, clock, living.move, dead_after=dead_after)
    bell = Bell()
    channels: dict[str, Channel] = {"web": WebChannel(database, media, bell, clock.now)}
    handing_out = HandingOut(settings.web.root, secret, media, database, clock)
    doors = open_doors(Parts(settings, database, media, texts, clock, handing_out, liveness.still))
    channels |= {door.channel.name: door.channel for door in doors}
    rates = {door.channel.name: door.bulk_per_second for door in doors}
    services.channels = {
        name: ChannelLimits(
            channel.capabilities.max_text,
            rates.get(name, 0.0),
            groups=channel.capabilities.groups,
            taps=channel.capabilities.taps,
            window_hours=channel.capabilities.window_hours,
            paid_beyond=channel.capabilities.paid_beyond,
        )
        for name, channel in channels.items()
    }
    offered = sorted(doors, key=lambda door: door.standing)
    services.links = Links(
        settings.web.root,
        {door.channel.name: door.link for door in offered},
        frozenset(door.channel.name for door in doors if door.carries_payload),
    )
    features = all_features()
    desk = Desk(database, clock, services, features, channels, media)
    wake = asyncio.Event()
    _ring_after_commit(database, wake)

    render = Teller(services, features.notices, features.notice_rows)

    async def tell_again(session: AsyncSession, now: datetime) -> None:
        await retelling.decide(session, services.quiet, now, features.told_again)

    sender = Sender(database, clock, channels, liveness, render, tell_again, texts, wake)
    mail_wake = asyncio.Event()
    mailer = Mailer(
        database,
        clock,
        channels,
        liveness,
        Composer(services, features.voices),
        texts,
        living.move,
        mail_wake,
    )
    mailing_clock = MailingClock(
        database,
        clock,
        objections=features.objections,
        told=living.move,
        chores=[chore.do for chore in features.chores[Every.LOOK]],
        wake=mail_wake,
    )
    devices = Devices(database, clock, secure=settings.web.root.startswith("https:"))
    parts = ChatParts(database, desk, bell, media, devices, Pages(texts), texts, clock, secret, is_demo)
    routes: list[BaseRoute] = [*handing_out.routes()]
    for door in doors:
        routes += door.routes(desk)
    if people is not None:
        routes += DemoDoors(parts, people).routes()
    routes += Doors(parts, services.links, Tries(clock)).routes() + Chat(parts, CHAT).routes()
    return Bot(
        settings,
        database,
        clock,
        services,
        desk,
        liveness,
        sender,
        mailer,
        mailing_clock,
        channels,
        parts,
        routes,
        doors,
    )


def _ring_after_commit(database: Database, wake: asyncio.Event) -> None:
    """Wake the sender as soon as something for it is committed here, rather than at its next look."""

    @event.listens_for(database.writing, "after_commit")
    def ring(session: Session) -> None:
        if session.info.pop("outbox", False):
            wake.set()

    @event.listens_for(database.writing, "do_orm_execute")
    def note(state: Any) -> None:  # noqa: ANN401 - ORMExecuteState
        if state.is_insert and state.bind_mapper is not None and state.bind_mapper.class_ is Outbox:
            state.session.info["outbox"] = True


async def _secret(database: Database) -> bytes:
    """What signs the addresses of pictures; made once for a database."""
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    async with database.write() as session:
        # Of processes that start at the same moment one makes it for all.
        made = insert(Mark).values(name="secret", value={"hex": secrets.token_hex(32)})
        await session.execute(made.on_conflict_do_nothing())
        return bytes.fromhex((await session.get_one(Mark, "secret")).value["hex"])
