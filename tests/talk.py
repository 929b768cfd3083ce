"""Talking to the bot in a test: people who say, tap and see, in the web chat or on a messenger (``tests.phones``)."""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Bot
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.clock import FixedClock
from bot.config import Settings
from bot.conversation.text import fold
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.services.act import Act
from bot.wiring import build
from storage.conversation import conversations, transcript
from storage.conversation.tables import TranscriptLine
from storage.people.tables import Account, Person, Role, RoleGrant
from storage.units.tables import Unit

#: A working day inside the sample programme.
START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """A bubble as somebody sees it."""

    ref: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    pictures: int
    documents: tuple[str, ...]


class WebPerson:
    """Somebody in the web chat, past the browser: what it would post, and what it would be shown."""

    _keys = itertools.count(1)
    channel = WEB
    #: Whether what was sent can be changed afterwards; and whether all of it is ours, to take words out of.
    changes = True
    is_ours = True

    def __init__(self, bot: Bot, account: Account) -> None:
        self.bot = bot
        self.account = account

    async def _accept(self, kind: IncomingKind, key: str | None = None, **values: Any) -> Seen:
        number = next(self._keys)
        await self.bot.desk.accept(
            Incoming(
                self.channel,
                f"{self.account.id}:{key or f'key-{number:08d}'}",
                number,
                kind,
                self.account.external_id,
                self.account.chat_id,
                **values,
            )
        )
        await self.settled()
        return await self.last()

    async def settled(self) -> None:
        """Answers and notices are where they belong."""
        await self.bot.desk.settled()
        while await self.bot.sender.round():
            pass

    async def starts(self, payload: str = "") -> Seen:
        return await self._accept(IncomingKind.START, payload=payload)

    async def says(self, text: str, key: str | None = None) -> Seen:
        return await self._accept(IncomingKind.TEXT, key, text=text)

    async def sends_sticker(self) -> Seen:
        return await self._accept(IncomingKind.UNSUPPORTED, text="sticker")

    async def presses(self, action: str, on: Seen | None = None, key: str | None = None) -> Seen:
        return await self._accept(
            IncomingKind.ACTION, key, action=action, text=action, message_ref=on.ref if on else ""
        )

    async def taps(self, label: str, on: Seen | None = None) -> Seen:
        bubbles = [on] if on else list(reversed(await self.screen()))
        for bubble in bubbles:
            for shown, action in bubble.buttons:
                if label == shown or label in shown:
                    return await self.presses(action, bubble)
        raise AssertionError(f"no button {label!r}; there are {[one.buttons for one in bubbles[:3]]}")

    async def sends_photo(self, content: bytes) -> Seen:
        file = await self.bot.chat.media.take(IncomingFile("upload", "anh.jpg", is_picture=False), content)
        return await self._accept(IncomingKind.FILE, files=(file,))

    async def screen(self, last: int = 200) -> list[Seen]:
        async with self.bot.database.read() as session:
            lines = await transcript.last(session, self.account.id, last)
        return [_seen(line) for line in lines if line.side == "out"]

    async def last(self) -> Seen:
        bubbles = await self.screen(8)
        return bubbles[-1] if bubbles else Seen("", "", (), 0, ())

    async def sees(self, *words: str) -> Seen:
        """The newest bubble with all these words."""
        bubbles = await self.screen()
        for bubble in reversed(bubbles):
            if all(word in bubble.text for word in words):
                return bubble
        raise AssertionError(f"nothing says {words}; the last are {[one.text for one in bubbles[-3:]]}")

    async def outcome(self, bubble: Seen) -> Seen:
        """What a bubble has become; or, where nothing can be changed, what was said about it since."""
        bubbles = await self.screen()
        return next(one for one in bubbles if one.ref == bubble.ref) if self.changes else bubbles[-1]

    async def sees_not(self, word: str, since: int = 0) -> None:
        """No bubble has the word; ``since``: how many had been there before it matters, where it stays with the messenger."""
        for bubble in (await self.screen())[0 if self.is_ours else since :]:
            assert word not in bubble.text, bubble.text


def _seen(line: TranscriptLine) -> Seen:
    body = line.body
    return Seen(
        str(line.id),
        _plain(body.get("text", "")),
        tuple(
            (one["label"], one.get("action", one.get("url", "")))
            for row in body.get("rows", ())
            for one in row
        ),
        len(body.get("pictures", ())),
        tuple(one["name"] for one in body.get("documents", ())),
    )


def _plain(text: str) -> str:
    """What a person reads: our two tags gone, entities as characters."""
    return unescape(re.sub(r"</?[bi]>", "", text))


class Messenger(Protocol):
    """A stand-in for a messenger's server, and the phones of those who are on it."""

    name: str

    def new_id(self) -> str:
        """The id of somebody new, who can be written to."""

    def phone(self, bot: Bot, account: Account) -> WebPerson:
        """What they type and tap on, and see."""


@dataclass(slots=True)
class Stage:
    """A running bot on a real database, with the demo's units and a clock that tests move."""

    bot: Bot
    clock: FixedClock
    #: The messenger that people are on; None: they are in the web chat.
    messenger: Messenger | None = None

    @property
    def channel(self) -> str:
        """Where people are, unless a test says otherwise."""
        return WEB if self.messenger is None else self.messenger.name

    async def person(
        self, name: str, *, unit: str = "RALACO", role: Role | None = None, channel: str = ""
    ) -> WebPerson:
        """Somebody who has registered."""
        async with self.bot.database.write() as session:
            found = await session.scalar(select(Unit).where(Unit.code == unit))
            assert found is not None
            who = await self._guest(session, channel or self.channel)
            person = await session.get_one(Person, who.person_id)
            person.name, person.name_folded, person.unit_id = name, fold(name), found.id
            person.registered_at = person.member_since = self.clock.now()
            if role is not None:
                session.add(
                    RoleGrant(person_id=person.id, unit_id=found.id, role=role, granted_at=self.clock.now())
                )
            account = await session.get_one(Account, who.account_id)
        return self._with_phone(account)

    def _with_phone(self, account: Account) -> WebPerson:
        if self.messenger is not None and account.channel == self.messenger.name:
            return self.messenger.phone(self.bot, account)
        return WebPerson(self.bot, account)

    async def works(self, by: timedelta = timedelta(0)) -> None:
        """Time passes, and all that is due by then is made and sent."""
        self.clock.advance(by)
        await self.bot.desk.settled()
        await self.bot.mailing_clock.settled()
        await self.bot.mailer.settled()
        while await self.bot.sender.round():
            pass
        web = self.bot.channels[WEB]
        assert isinstance(web, WebChannel)
        await web.drawn()

    async def guest(self, *, channel: str = "") -> WebPerson:
        """Somebody whom the bot does not know."""
        async with self.bot.database.write() as session:
            who = await self._guest(session, channel or self.channel)
            account = await session.get_one(Account, who.account_id)
        return self._with_phone(account)

    async def _guest(self, session: AsyncSession, channel: str) -> conversations.Who:
        name = f"person-{next(WebPerson._keys)}"
        if self.messenger is not None and channel == self.messenger.name:
            name = self.messenger.new_id()
        return await conversations.meet(
            session, channel=channel, external_id=name, chat_id=name, language="vi", now=self.clock.now()
        )

    async def unit(self, code: str) -> Unit:
        async with self.bot.database.read() as session:
            found = await session.scalar(select(Unit).where(Unit.code == code))
        assert found is not None
        return found

    async def same_person_elsewhere(self, person: WebPerson) -> WebPerson:
        """The same person in another window that has its own chat."""
        async with self.bot.database.write() as session:
            name = f"person-{next(WebPerson._keys)}"
            account = Account(
                channel=WEB,
                external_id=name,
                chat_id=name,
                person_id=person.account.person_id,
                last_seen_at=self.clock.now(),
            )
            session.add(account)
        return WebPerson(self.bot, account)

    def act(self, session: AsyncSession, person: WebPerson | None = None) -> Act:
        return Act(session, self.clock.now(), person.account.person_id if person else None)


def unlimited(token: str, api: str) -> dict[str, Any]:
    """Settings of a Telegram that may be written to as fast as one can: what limits the rate has tests of its own."""
    return {"token": token, "api": api, "per_second": 0, "chat_per_second": 0, "group_per_minute": 0}


@asynccontextmanager
async def stage(
    url: str,
    folder: Path,
    *,
    start: datetime = START,
    clock: FixedClock | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """A bot that runs, on a migrated database."""
    clock = clock or FixedClock(start)
    chosen = Settings(database={"url": url}, media={"folder": folder / "media"}, **settings)
    bot = await build(chosen, is_demo=True, clock=clock)
    async with bot.running():
        yield Stage(bot, clock)
