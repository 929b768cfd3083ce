"""A stand-in for Telegram's server: the Bot API over real HTTP on this machine, and people who use the bot.

It is strict where Telegram is, in Telegram's words, so that what passes here passes there. Left out on
purpose: Markdown (``parse_mode`` HTML only), inline mode, channels, topics, payments, files by URL, and a
method call as the webhook's answer.

In a test::

    async with FakeTelegram() as telegram:
        worker = telegram.user("Lan")
        await worker.sends("/start")
        await worker.sees("Chào bạn")

On its own, to be driven from another process (see ``tests.fakes.control``)::

    python -m tests.fakes.telegram --lean
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Self

from tests.fakes.telegram_faults import Fault, FaultKind, Limits
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_people import DEADLINE, Document, Group, Person
from tests.fakes.telegram_server import BotApiServer
from tests.fakes.telegram_state import Button, Chat, Json, Received, SentMessage, State
from tests.fakes.telegram_updates import Updates

__all__ = [
    "TOKEN",
    "Button",
    "Document",
    "FakeTelegram",
    "Fault",
    "FaultKind",
    "Group",
    "Person",
    "Received",
    "SentMessage",
]

#: The bot's token here; of the real shape, so that what hides real ones hides it.
TOKEN = "7000000042:AAFakeTokenForTestsOnly_0123456789abc"


class FakeTelegram:
    """Telegram, with one bot and the people and groups that a test makes."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        lean: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``lean`` keeps counts only, for benches. ``clock`` (seconds) is what rates are limited by."""
        self.token = token
        self.state = State(lean=lean)
        self.updates = Updates(lean=lean)
        self.limits = Limits(clock)
        self.methods = Methods(self.state, self.updates, clock)
        self.server = BotApiServer(token, self.state, self.updates, self.methods, self.limits, clock)
        self._people: dict[int, Person] = {}
        self._next_user = 1001
        self._next_group = -2001

    async def __aenter__(self) -> Self:
        """Listening on a free port of 127.0.0.1."""
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Long polls return, what hangs is cut, and nobody listens any more."""
        await self.updates.close()
        await self.server.stop()

    @property
    def api(self) -> str:
        """The server's root, such as http://127.0.0.1:8081: the setting ``telegram.api``."""
        return self.server.root

    @property
    def base_url(self) -> str:
        """``base_url`` of python-telegram-bot's ``Bot``."""
        return f"{self.api}/bot"

    @property
    def base_file_url(self) -> str:
        """``base_file_url`` of python-telegram-bot's ``Bot``."""
        return f"{self.api}/file/bot"

    # who is there

    def user(
        self,
        first_name: str = "Lan",
        *,
        last_name: str = "",
        username: str = "",
        language_code: str = "vi",
        user_id: int | None = None,
    ) -> Person:
        """Somebody new, who has not written to the bot yet."""
        if user_id is None:
            user_id, self._next_user = self._next_user, self._next_user + 1
        profile: Json = {"id": user_id, "is_bot": False, "first_name": first_name}
        named = (("last_name", last_name), ("username", username), ("language_code", language_code))
        profile |= {key: value for key, value in named if value}
        chat = Chat(user_id, first_name=first_name)
        self.state.chats[user_id] = chat
        person = self._people[user_id] = Person(chat, self.state, self.updates, profile)
        return person

    def person(self, user_id: int) -> Person:
        """Somebody made before."""
        return self._people[user_id]

    def group(self, title: str = "Tổ hỗ trợ") -> Group:
        """A new basic group that the bot is in."""
        chat_id, self._next_group = self._next_group, self._next_group - 1
        chat = Chat(chat_id, "group", title, open=True)
        self.state.chats[chat_id] = chat
        return Group(chat, self.state, self.updates)

    # updates

    def push(self, update: Json) -> int:
        """Queue a raw update; returns its id. Its chat becomes known."""
        for kind in ("message", "edited_message", "my_chat_member"):
            if kind in update:
                self.state.chat_named(update[kind]["chat"])
        if "callback_query" in update:
            pressed = update["callback_query"]
            chat = self.state.chat_named(pressed["message"]["chat"])
            if not self.state.lean:
                self.state.callbacks[pressed["id"]] = chat.chat_id
        return self.updates.push(update)

    def push_again(self, update_id: int) -> None:
        """Deliver an update once more, confirmed or not."""
        self.updates.push_again(update_id)

    def together(self, *, backwards: bool = False) -> AbstractContextManager[None]:
        """What is pushed inside comes at one stroke, and ``backwards`` out of order."""
        return self.updates.together(backwards=backwards)

    async def confirmed(self, update_id: int) -> None:
        """Return once the bot has asked for an offset beyond the update (or its webhook took it)."""
        await self.updates.confirmed(update_id)

    async def asked(self, method: str, times: int = 1, deadline: float = DEADLINE) -> None:
        """Return once the bot has called a method so many times, counted from the start."""
        await self.server.asked(method, times, deadline)

    def forget_callbacks(self) -> None:
        """All presses not yet answered become too old to be."""
        self.state.callbacks.clear()

    # what goes wrong, and what was asked

    def fault(self, kind: FaultKind | str, *, chat: Person | Group | None = None, **details: Any) -> Fault:
        """Let requests go wrong; ``details`` as in :class:`Fault`. Later faults wait for earlier ones."""
        fault = Fault(FaultKind(kind), chat_id=chat.id if chat else None, **details)
        self.server.faults.append(fault)
        return fault

    def mend(self) -> None:
        """End all faults."""
        self.server.faults.clear()

    @property
    def latency(self) -> float:
        """Seconds between a request taking effect and its answer."""
        return self.server.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.server.latency = seconds

    @property
    def requests(self) -> list[Received]:
        """All requests but getUpdates, oldest first; none in lean mode."""
        return self.state.requests

    def requests_of(self, *methods: str, chat: Person | Group | None = None) -> list[Received]:
        """The requests of some methods (and a chat), oldest first."""
        return [
            request
            for request in self.state.requests
            if request.method in methods and (chat is None or request.chat_id == chat.id)
        ]


def main() -> None:
    """Run it on its own: the first line printed is its root."""
    from tests.fakes.control import serve  # noqa: PLC0415 - a test has no need of them
    from tests.fakes.telegram_control import TelegramControl  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--lean", action="store_true", help="keep counts only")
    parser.add_argument("--token", default=TOKEN)
    given = parser.parse_args()
    telegram = FakeTelegram(lean=given.lean, token=given.token)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(telegram, telegram.server, TelegramControl(telegram)))


if __name__ == "__main__":
    main()
