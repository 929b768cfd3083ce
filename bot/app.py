"""The wiring: which part gets which, and what runs while the bot runs."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot import demo
from bot.campaigns.clockwork import Clockwork
from bot.campaigns.rest import quiet_hours
from bot.channels.telegram.channel import NAME as TELEGRAM
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import Polling, Webhook
from bot.channels.web import Bell, WebChannel
from bot.clock import Clock, SystemClock
from bot.config import Settings, WrongSetting
from bot.conversation.vocabulary import Screen
from bot.delivery.channel import Channel
from bot.delivery.liveness import Liveness
from bot.delivery.mailer import Mailer
from bot.delivery.pace import SHARED_PART, OwnBuckets, Pace, Rates, SharedBuckets
from bot.delivery.sender import Sender
from bot.handlers.compose import Composer
from bot.handlers.everything import all_routes
from bot.handlers.notices import words_of
from bot.handlers.turn import DataHolder, Links, Way, World
from bot.reception.desk import Desk
from bot.services import campaigns, retelling
from bot.services.mailings import move_living
from bot.services.media import MediaStore
from bot.services.programmes import ProgrammeBook
from bot.texts import Texts
from bot.web.application import application
from bot.web.chat import Chat, ChatParts, watch_other_processes
from bot.web.devices import Devices
from bot.web.doors import CHAT, DemoDoors, Doors, Tries
from bot.web.page import Pages
from storage.engine import Database, open_engine
from storage.models import Mark, Outbox

log = logging.getLogger(__name__)

#: What a messenger offers behind its menu button: the command, and which sentence says what it does.
_COMMANDS_VI = (
    ("menu", "menu"), ("sangkien", "submit"), ("cuatoi", "mine"), ("hangcho", "queue"), ("tiendo", "progress"),
    ("toi", "me"), ("thietbi", "device"), ("ngonngu", "language"), ("trogiup", "help"),
)  # fmt: skip
_COMMANDS_EN = (
    ("menu", "menu"), ("submit", "submit"), ("mine", "mine"), ("queue", "queue"), ("progress", "progress"),
    ("me", "me"), ("device", "device"), ("language", "language"), ("help", "help"),
)  # fmt: skip


@dataclass(slots=True)
class Bot:
    """A running bot, put together."""

    settings: Settings
    database: Database
    clock: Clock
    world: World
    desk: Desk
    liveness: Liveness
    sender: Sender
    mailer: Mailer
    clockwork: Clockwork
    channels: Mapping[str, Channel]
    chat: ChatParts
    routes: list[BaseRoute]
    telegram: TelegramChannel | None
    polling: Polling | None
    webhook: Webhook | None
    _group: asyncio.TaskGroup | None = field(default=None)

    def asgi(self) -> Starlette:
        """The web application, which runs all the rest while it runs."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with self.running():
                yield

        return application(self.chat, self.routes, lifespan)

    async def _offer_commands(self, telegram: TelegramChannel) -> None:
        for language, names in (("", _COMMANDS_VI), ("en", _COMMANDS_EN)):
            say = self.world.texts.say(language)
            await telegram.offer_commands(
                [(name, str(say(f"commands.{topic}"))) for name, topic in names], language
            )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything at work; stopped cleanly at the end of the block."""
        tasks = [asyncio.create_task(self.desk.run(), name="desk")]
        if self.telegram is not None:
            await self.telegram.start()
            self.world.links = Links(self.world.links.public_url, self.telegram.user_name)
            await self._offer_commands(self.telegram)
        await self.desk.recover(orphans_only=not self.database.is_sqlite)
        await self.liveness.begin()
        alive = asyncio.create_task(self.liveness.run(), name="liveness")
        tasks.append(alive)
        tasks.append(asyncio.create_task(self.sender.run(), name="sender"))
        tasks.append(asyncio.create_task(self.mailer.run(), name="mailer"))
        tasks.append(asyncio.create_task(self.clockwork.run(), name="clockwork"))
        if self.polling is not None:
            tasks.append(asyncio.create_task(self.polling.run(), name="polling"))
        if self.webhook is not None:
            await self.webhook.register(self.settings.web.root)
        if not self.database.is_sqlite:
            tasks.append(asyncio.create_task(watch_other_processes(self.chat), name="watch"))
        for task in tasks:
            task.add_done_callback(_say_if_broken)
        try:
            yield
        finally:
            if self.polling is not None:
                self.polling.stop()
            try:
                async with asyncio.timeout(10):
                    await self.desk.settled()
            except TimeoutError:
                log.warning("answers under way are left for the next start")
            # Nothing is cut off in the middle of a statement.
            self.clockwork.stop()
            self.mailer.stop()
            self.sender.stop()
            self.desk.stop()
            working = [task for task in tasks if task.get_name() in ("sender", "desk", "mailer", "clockwork")]
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
            if self.telegram is not None:
                await self.telegram.stop()
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
    world = World(
        texts,
        book,
        Links(settings.web.root),
        DataHolder(settings.holder.name, settings.holder.contact),
        is_demo,
    )
    world.large_from = settings.broadcasts.second_yes_from
    world.quiet = quiet_hours(settings.reminders)
    media = MediaStore(settings.media.folder, database, clock)
    liveness = Liveness(database, clock, move_living, dead_after=dead_after)
    bell = Bell()
    channels: dict[str, Channel] = {"web": WebChannel(database, media, bell, clock.now)}
    telegram = None
    if settings.telegram.token.get_secret_value():
        chosen = settings.telegram
        rates = Rates(chosen.per_second, chosen.chat_per_second, chosen.group_per_minute)
        buckets = OwnBuckets() if database.is_sqlite else SharedBuckets(database)
        pace = Pace(TELEGRAM, rates, buckets, still=liveness.still)
        telegram = TelegramChannel(chosen, media, pace)
        channels[telegram.name] = telegram
    world.ways = {
        name: Way(channel.capabilities.max_text, 0.0 if channel.keeps_transcript else _bulk_rate(settings))
        for name, channel in channels.items()
    }
    desk = Desk(database, clock, world, all_routes(), channels, media)
    wake = asyncio.Event()
    _ring_after_commit(wake)

    async def render(
        session: AsyncSession,
        kind: str,
        details: dict[str, Any],
        language: str,
        reader: int | None,
        now: datetime,
    ) -> Screen | None:
        return await words_of(session, world, kind, details, language=language, reader_id=reader, now=now)

    async def tell_again(session: AsyncSession, now: datetime) -> None:
        await retelling.decide(session, world.quiet, now)

    sender = Sender(database, clock, channels, liveness, render, tell_again, wake)
    mail_wake = asyncio.Event()
    mailer = Mailer(database, clock, channels, liveness, Composer(world), move_living, mail_wake)
    clockwork = Clockwork(
        database,
        clock,
        objection=campaigns.objection,
        told=move_living,
        chore=campaigns.chore,
        wake=mail_wake,
    )
    devices = Devices(database, clock, secure=settings.web.root.startswith("https:"))
    parts = ChatParts(database, desk, bell, media, devices, Pages(texts), texts, clock, secret, is_demo)
    routes: list[BaseRoute] = []
    polling = webhook = None
    if telegram is not None and settings.telegram.mode == "polling":
        polling = Polling(telegram, desk)
    elif telegram is not None:
        webhook = Webhook(telegram, desk, settings.telegram.webhook_secret.get_secret_value())
        routes += webhook.routes()
    if people is not None:
        routes += DemoDoors(parts, people).routes()
    routes += Doors(parts, world.links, Tries(clock)).routes() + Chat(parts, CHAT).routes()
    return Bot(
        settings,
        database,
        clock,
        world,
        desk,
        liveness,
        sender,
        mailer,
        clockwork,
        channels,
        parts,
        routes,
        telegram,
        polling,
        webhook,
    )


def _bulk_rate(settings: Settings) -> float:
    """Messages of a mailing a second over Telegram."""
    return settings.telegram.per_second * SHARED_PART


def _ring_after_commit(wake: asyncio.Event) -> None:
    """Wake the sender as soon as something for it is committed here, rather than at its next look."""

    @event.listens_for(Session, "after_commit")
    def ring(session: Session) -> None:
        if session.info.pop("outbox", False):
            wake.set()

    @event.listens_for(Session, "do_orm_execute")
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
