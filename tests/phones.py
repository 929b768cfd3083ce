"""The same conversations on messengers: what people see is what arrived there, what they do goes in behind the parser.

What a person sees has gone out through the real channel, over HTTP, to a stand-in of the messenger's server. What they
say and press does not come in that way: it is put into the desk as the ``Incoming`` that a channel's parser would have
made of it, so that hundreds of conversations need no polling and no webhooks. A parser that misreads an update is
therefore not noticed here; that is what ``tests/channels`` is for, where each messenger's own updates come in by
its own door, through the whole loop.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot.app import Bot
from bot.channels.telegram.channel import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.channels.zalo_bot.channel import NAME as ZALO_BOT
from bot.channels.zalo_oa.channel import NAME as ZALO_OA
from bot.clock import FixedClock
from bot.conversation import numbered
from bot.conversation.text import fold
from bot.conversation.vocabulary import IncomingKind
from storage.conversation.tables import Offer
from storage.people.tables import Account
from tests.fakes.telegram import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_state import SentMessage
from tests.fakes.typing_choices import typed_for
from tests.fakes.zalo_bot import TOKEN as ZALO_TOKEN
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_bot_server import Chat
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa import Person as Follower
from tests.talk import START, Seen, Stage, WebPerson, stage, unlimited

#: All channels; each conversation is held on all of them.
CHANNELS = (WEB, TELEGRAM, ZALO_BOT, ZALO_OA)


@asynccontextmanager
async def stage_on(channel: str, url: str, folder: Path) -> AsyncIterator[Stage]:
    """A bot whose people are on a channel."""
    if channel == WEB:
        async with stage(url, folder) as running:
            yield running
        return
    opens = {TELEGRAM: _on_telegram, ZALO_BOT: _on_zalo_bot, ZALO_OA: _on_zalo_oa}[channel]
    async with opens(url, folder) as running:
        yield running


# ---------------------------------------------------------------- Telegram


class TelegramPhones:
    """Telegram's server."""

    name = TELEGRAM

    def __init__(self, fake: FakeTelegram) -> None:
        self._fake = fake

    def new_id(self) -> str:
        person = self._fake.user()
        self._fake.state.chats[person.id].open = True
        return str(person.id)

    def phone(self, bot: Bot, account: Account) -> WebPerson:
        return TelegramPerson(bot, account, self._fake)


class TelegramPerson(WebPerson):
    """Somebody on Telegram."""

    channel = TELEGRAM
    is_ours = False

    def __init__(self, bot: Bot, account: Account, fake: FakeTelegram) -> None:
        super().__init__(bot, account)
        self._chat = fake.state.chats[int(account.external_id)]

    async def screen(self, last: int = 200) -> list[Seen]:
        seen: list[Seen] = []
        pictures, documents = 0, []
        for message in list(self._chat.sent.values())[-last:]:
            if message.deleted:
                continue
            pictures += message.photo is not None
            documents += [message.name] if message.document is not None else []
            if message.text:
                # What was sent before its words belongs to them.
                seen.append(_on_screen(message, pictures, documents))
                pictures, documents = 0, []
        return seen


def _on_screen(message: SentMessage, pictures: int, documents: list[str]) -> Seen:
    buttons = tuple((button.label, button.data or button.url or "") for row in message.rows for button in row)
    return Seen(str(message.message_id), message.text, buttons, pictures, tuple(documents))


@asynccontextmanager
async def _on_telegram(url: str, folder: Path) -> AsyncIterator[Stage]:
    async with (
        FakeTelegram() as fake,
        stage(url, folder, telegram=unlimited(TELEGRAM_TOKEN, fake.api)) as running,
    ):
        running.messenger = TelegramPhones(fake)
        yield running


# ---------------------------------------------------------------- where one types


class NumberPerson(WebPerson):
    """Somebody without buttons: what is tapped elsewhere is typed, as the list on the screen says."""

    changes = False
    is_ours = False

    def __init__(self, bot: Bot, account: Account) -> None:
        super().__init__(bot, account)
        self._actions: dict[str, dict[str, str]] = {}

    async def _accept(self, kind: IncomingKind, key: str | None = None, **values: Any) -> Seen:
        # Everybody takes two seconds to read and type.
        written_ms = int(self.bot.clock.now().timestamp() * 1000) + 2_000
        return await super()._accept(kind, key, **{"written_ms": written_ms, **values})

    async def _pending(self) -> dict[str, str]:
        """What can be typed, and what it would press."""
        return (await self._offered(codes=False))[0]

    async def _offered(self, *, codes: bool) -> tuple[dict[str, str], dict[str, str]]:
        """What can be typed and what it would press: of the list that is pending, and of notices by their codes."""
        mine = Account.id == self.account.id
        coded: dict[str, str] = {}
        async with self.bot.database.read() as session:
            menu = await session.scalar(select(Account.menu).where(mine)) or {}
            if codes:
                offers = await session.scalars(select(Offer).where(Offer.account_id == self.account.id))
                coded = {f"#{one.number}{key}": action for one in offers for key, _, action in one.choices}
        pending = {key: action for name in ("entries", "words") for key, _, action in menu.get(name, ())}
        return pending, coded

    async def taps(self, label: str, on: Seen | None = None) -> Seen:
        bubbles = [on] if on else list(reversed(await self.screen()))
        for bubble in bubbles:
            if not any(label == shown or label in shown for shown, _ in bubble.buttons):
                continue
            typed = self._typed_for(bubble, label)
            action = next(action for shown, action in bubble.buttons if label == shown or label in shown)
            if typed is None or (typed[0] != "#" and await self._would_press(typed) != action):
                return await self.presses(action, bubble)  # of a list that is no longer the last one
            return await self.says(typed)
        raise AssertionError(f"no choice {label!r}; there are {[one.buttons for one in bubbles[:3]]}")

    def _typed_for(self, bubble: Seen, label: str) -> str | None:
        return typed_for(bubble.text, label)

    async def _would_press(self, typed: str) -> str | None:
        return (await self._pending()).get(fold(typed))


def _listed(text: str, actions: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The choices of a message: each label with what it would press."""
    found = []
    for line in text.splitlines():
        typed, _, label = line.partition(" ")
        key = typed.removesuffix(".")
        if label and key in actions:
            found.append((label, actions[key]))
        elif line.startswith(("Nhắn ", "Viết ")) or ": " in line:
            for hint in line.split(" · "):
                word, _, what = hint.partition(": ")
                if what and fold(word) in actions:
                    found.append((what, actions[fold(word)]))
    return tuple(found)


_LINKED = re.compile(r"^📎 (.*?): http.*$", re.MULTILINE)


class ZaloBotPhones:
    """The Bot Platform's server."""

    name = ZALO_BOT

    def __init__(self, fake: FakeZaloBot) -> None:
        self._fake = fake

    def new_id(self) -> str:
        person = self._fake.user()
        self._fake.server.chats[person.id].open = True
        return person.id

    def phone(self, bot: Bot, account: Account) -> WebPerson:
        return ZaloBotPerson(bot, account, self._fake.server.chats[account.external_id])


class ZaloBotPerson(NumberPerson):
    """Somebody who writes to a Zalo bot."""

    channel = ZALO_BOT

    def __init__(self, bot: Bot, account: Account, chat: Chat) -> None:
        super().__init__(bot, account)
        self._chat = chat

    async def screen(self, last: int = 200) -> list[Seen]:
        codes = any("#" in message.text for message in self._chat.sent[-last:])
        pending, coded = await self._offered(codes=codes)
        for message in self._chat.sent[-last:]:
            self._actions.setdefault(message.message_id, pending)
        return [
            Seen(
                message.message_id,
                message.text,
                _listed(message.text, {**self._actions[message.message_id], **coded}),
                int(message.picture is not None),
                tuple(_LINKED.findall(message.text)),
            )
            for message in self._chat.sent[-last:]
        ]


@asynccontextmanager
async def _on_zalo_bot(url: str, folder: Path) -> AsyncIterator[Stage]:
    async with FakeZaloBot() as fake:
        chosen = {"token": ZALO_TOKEN, "api": fake.api, "monthly_messages": 0, "people": 0}
        rates = {"per_second": 0, "chat_per_second": 0}
        async with stage(url, folder, zalo_bot={**chosen, **rates}) as running:
            app = httpx.ASGITransport(app=Starlette(routes=running.bot.routes))

            async def opens(address: str) -> tuple[int, str, bytes]:
                async with httpx.AsyncClient(transport=app) as client:
                    answer = await client.get(address)
                return answer.status_code, answer.headers.get("content-type", ""), answer.content

            fake.server.opens = opens
            running.messenger = ZaloBotPhones(fake)
            yield running


class ZaloOaPhones:
    """Zalo's servers around an Official Account."""

    name = ZALO_OA

    def __init__(self, fake: FakeZaloOa) -> None:
        self._fake = fake

    def new_id(self) -> str:
        person = self._fake.person()
        person.last_seen = self._fake.clock.now()
        return person.id

    def phone(self, bot: Bot, account: Account) -> WebPerson:
        follower = self._fake.find(account.external_id)
        assert follower is not None
        return ZaloOaPerson(bot, account, follower)


class ZaloOaPerson(NumberPerson):
    """Somebody who follows an Official Account: a few choices are buttons, whose tap comes back as a text."""

    channel = ZALO_OA

    def __init__(self, bot: Bot, account: Account, follower: Follower) -> None:
        super().__init__(bot, account)
        self._follower = follower

    async def _accept(self, kind: IncomingKind, key: str | None = None, **values: Any) -> Seen:
        self._follower.last_seen = self.bot.clock.now()
        return await super()._accept(kind, key, **values)

    def _said_by(self, bubble: Seen, label: str) -> str | None:
        message = self._follower.messages[int(bubble.ref)]
        for button in message.buttons:
            if label in button.title and button.payload:
                return button.payload
        return None

    def _typed_for(self, bubble: Seen, label: str) -> str | None:
        return self._said_by(bubble, label) or super()._typed_for(bubble, label)

    async def _would_press(self, typed: str) -> str | None:
        pending = await self._pending()
        taps = {numbered.tap(action): action for action in pending.values()}
        return taps.get(typed) or pending.get(fold(typed))

    async def screen(self, last: int = 200) -> list[Seen]:
        codes = any(
            "#" in message.text or any("#" in button.payload for button in message.buttons)
            for message in self._follower.messages[-last:]
        )
        pending, coded = await self._offered(codes=codes)
        seen = []
        pictures, documents = 0, []
        messages = self._follower.messages
        for at in range(max(len(messages) - last, 0), len(messages)):
            ref, message = str(at), messages[at]
            actions = {**self._actions.setdefault(ref, pending), **coded}
            pictures += bool(message.picture)
            documents += [message.document[0]] if message.document else []
            if not message.text:
                continue
            if (linked := _LINKED.fullmatch(message.text)) is not None:
                documents.append(linked[1])
                continue
            taps = {numbered.tap(action): action for action in actions.values()}
            buttons = tuple(
                (
                    button.title,
                    button.url or taps.get(button.payload) or actions.get(button.payload, button.payload),
                )
                for button in message.buttons
            )
            seen.append(
                Seen(
                    ref,
                    message.text,
                    buttons or _listed(message.text, actions),
                    pictures,
                    tuple(documents),
                )
            )
            pictures, documents = 0, []
        return seen


@asynccontextmanager
async def _on_zalo_oa(url: str, folder: Path) -> AsyncIterator[Stage]:
    clock = FixedClock(START)
    async with FakeZaloOa(clock) as fake, stage(url, folder, clock=clock, zalo_oa=fake.settings()) as running:
        running.messenger = ZaloOaPhones(fake)
        yield running
