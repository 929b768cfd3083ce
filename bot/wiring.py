"""Putting a bot together: which part gets which."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from starlette.routing import BaseRoute

from bot import demo
from bot.app import Bot
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
from bot.handlers.feature import Chore, Every
from bot.handlers.features import Features, all_features
from bot.media.store import MediaStore
from bot.quiet_hours import quiet_hours
from bot.reception.desk import Desk
from bot.screens.composing import Composer
from bot.screens.telling import Teller
from bot.services import retelling
from bot.services.audit import Auditor
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.mailings import living
from bot.services.people.keeping import Keeper
from bot.services.people.quota import Limits, Quota
from bot.services.shared import ChannelLimits, DataHolder, Links, Services
from bot.texts import Texts
from bot.web import serving
from bot.web.chat import CHAT, Chat
from bot.web.devices import Devices, Life
from bot.web.doors import DemoDoors, Doors
from bot.web.page import Pages
from bot.web.parts import ChatParts
from bot.web.streams import Streams
from bot.web.tries import Tries
from bot.web.uploads import Uploads
from storage import marks, vault
from storage.delivery.outbox import wake_after_commit
from storage.engine import Database, Session, open_engine


async def build(settings: Settings, *, is_demo: bool, clock: Clock | None = None) -> Bot:
    """Put a bot together on a migrated database. Raises :class:`WrongSetting` when demo and real are mixed."""
    clock = clock or SystemClock()
    dead_after = timedelta(seconds=settings.database.dead_after)
    # What a process leaves locked when it is stopped in the middle is let go of when it is taken for dead.
    vault.use([one.get_secret_value() for one in settings.secrets.keys])
    database = Database(open_engine(settings.database.url, idle=dead_after))
    people = await _demo_people(settings, database, clock, is_demo=is_demo)
    secret = await _secret(database)
    services = await _services(settings, database, is_demo=is_demo)
    media = MediaStore(settings.media.folder, database, clock)
    services.read_media = media.read
    liveness = Liveness(database, clock, living.move, dead_after=dead_after)
    bell = Bell()
    handouts_last = timedelta(hours=settings.keeping.handouts_hours)
    handing_out = HandingOut(settings.web.root, secret, media, database, clock, handouts_last)
    doors = open_doors(Parts(settings, database, media, services.texts, clock, handing_out, liveness.still))
    channels: dict[str, Channel] = {"web": WebChannel(database, media, bell, clock.now, handouts_last)}
    channels |= {door.channel.name: door.channel for door in doors}
    services.channels = _limits(channels, doors)
    services.links = _links(settings, doors)
    keeper = Keeper(settings.keeping.periods(settings.web.session_days))
    auditor = Auditor(settings.audit.heads_file, send=settings.audit.send_heads)
    features = all_features()
    for chore in (
        Chore(Every.HOUR, keeper.carry_out),
        Chore(Every.LOOK, auditor.seal),
        Chore(Every.HOUR, auditor.write_head),
    ):
        features = features.with_chore(chore)
    limits = settings.limits
    services.initiatives_a_day = limits.initiatives_a_day
    quota = Quota(
        database,
        clock,
        Limits(limits.files_a_day, limits.megabytes_a_day * 2**20, limits.guest_photos_a_day),
    )
    desk = Desk(
        database,
        clock,
        services,
        features,
        channels,
        media,
        quota,
        guest_messages_a_day=limits.guest_messages_a_day,
    )
    sender, mailer, mailing_clock = _delivery(database, clock, channels, liveness, services, features)
    web, allowed = settings.web, serving.handles()
    devices = Devices(
        database,
        clock,
        secure=web.root.startswith("https:"),
        privacy=features.privacy,
        life=Life(timedelta(days=web.session_days), timedelta(days=web.session_idle_days)),
    )
    parts = ChatParts(
        database,
        desk,
        bell,
        media,
        quota,
        devices,
        Pages(services.texts),
        services.texts,
        clock,
        secret,
        Streams(serving.streams(web, allowed)),
        Uploads(serving.uploads(web, allowed)),
        is_demo,
    )
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
        _routes(parts, services, handing_out, doors, people),
        doors,
    )


async def _demo_people(
    settings: Settings, database: Database, clock: Clock, *, is_demo: bool
) -> dict[str, int] | None:
    """The demo's people by their windows' paths, made in an empty database; None for a real one."""
    people = await demo.people_to_be(database)
    if people is None and is_demo and await demo.is_empty(database):
        people = await demo.fill(database, clock)
    if people is not None and not is_demo:
        await database.close()
        raise WrongSetting(
            f"database.url: {settings.database.url} holds the demo and its people; choose another database"
        )
    return people


async def _secret(database: Database) -> bytes:
    """What signs the addresses of pictures; made once for a database."""
    async with database.write() as session:
        kept = await marks.keep_first(session, "secret", {"hex": vault.lock(secrets.token_hex(32))})
    return bytes.fromhex(vault.open_kept(kept["hex"]))


async def _services(settings: Settings, database: Database, *, is_demo: bool) -> Services:
    book = ProgrammeBook()
    async with database.read() as session:
        await book.refresh(session)
    return Services(
        Texts.load(),
        book,
        Links(settings.web.root),
        DataHolder(settings.holder.name, settings.holder.contact),
        is_demo,
        quiet=quiet_hours(settings.reminders),
        large_from=settings.broadcasts.second_yes_from,
    )


def _limits(channels: Mapping[str, Channel], doors: Sequence[Door]) -> dict[str, ChannelLimits]:
    rates = {door.channel.name: door.bulk_per_second for door in doors}
    return {
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


def _links(settings: Settings, doors: Sequence[Door]) -> Links:
    offered = sorted(doors, key=lambda door: door.standing)
    return Links(
        settings.web.root,
        {door.channel.name: door.link for door in offered},
        frozenset(door.channel.name for door in doors if door.carries_payload),
    )


def _delivery(
    database: Database,
    clock: Clock,
    channels: Mapping[str, Channel],
    liveness: Liveness,
    services: Services,
    features: Features,
) -> tuple[Sender, Mailer, MailingClock]:
    """What the bot says by itself: the outbox, the mailings, and the clock that makes them due."""
    outbox_wake, mail_wake = asyncio.Event(), asyncio.Event()
    wake_after_commit(database, outbox_wake)
    tell = Teller(services, features.notices, features.notice_rows)

    async def tell_again(session: Session, now: datetime) -> None:
        await retelling.decide(session, services.quiet, now, features.told_again)

    return (
        Sender(database, clock, channels, liveness, tell, tell_again, services.texts, outbox_wake),
        Mailer(
            database,
            clock,
            channels,
            liveness,
            Composer(services, features.voices),
            services.texts,
            living.move,
            mail_wake,
        ),
        MailingClock(
            database,
            clock,
            objections=features.objections,
            told=living.move,
            chores=[chore.do for chore in features.chores[Every.LOOK]],
            wake=mail_wake,
        ),
    )


def _routes(
    parts: ChatParts,
    services: Services,
    handing_out: HandingOut,
    doors: Sequence[Door],
    people: dict[str, int] | None,
) -> list[BaseRoute]:
    """What the web application serves, the most particular first."""
    routes: list[BaseRoute] = [*handing_out.routes()]
    for door in doors:
        routes += door.routes(parts.desk)
    if people is not None:
        routes += DemoDoors(parts, people).routes()
    return [*routes, *Doors(parts, services.links, Tries(parts.clock)).routes(), *Chat(parts, CHAT).routes()]
