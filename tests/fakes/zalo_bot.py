"""A stand-in for the Zalo Bot Platform: its server over real HTTP on this machine, and people who use the bot.

In a test::

    async with FakeZaloBot() as zalo:
        worker = zalo.user("Lan")
        await worker.sends("chào")
        await worker.sees("Chào bạn")
        await worker.chooses("Tôi đồng ý")

On its own, to be driven from another process (see ``tests.fakes.control``)::

    python -m tests.fakes.zalo_bot
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Self

from tests.fakes.typing_choices import typed_for
from tests.fakes.zalo_bot_server import Chat, Fault, Json, Sent, ZaloBotServer

__all__ = ["TOKEN", "FakeZaloBot", "Fault", "Person", "Sent"]

#: The bot's token here; of the real shape.
TOKEN = "42:FakeZaloTokenForTestsOnly_0123456789abcdef"
#: Seconds that a test waits for the bot before it fails.
DEADLINE = 10.0


class Person:
    """Somebody with Zalo on their phone."""

    def __init__(self, zalo: "FakeZaloBot", chat: Chat, name: str) -> None:
        self._zalo = zalo
        self._chat = chat
        self.name = name

    @property
    def id(self) -> str:
        return self._chat.chat_id

    @property
    def messages(self) -> list[Sent]:
        """All that the bot sent, oldest first."""
        return self._chat.sent

    async def sends(self, text: str, *, message_id: str = "") -> str:
        """Write; gives the message's id."""
        return await self._does("message.text.received", {"text": text}, message_id)

    async def sends_photo(self, content: bytes, *, caption: str = "", key: str = "photo_url") -> str:
        """Send a photo; ``key`` is where its address stands, "photo_url" or "photo"."""
        return await self.sends_address(self._zalo.photo(content), caption=caption, key=key)

    async def sends_address(self, address: str, *, caption: str = "", key: str = "photo_url") -> str:
        """A photo that is at an address."""
        said = {key: address, **({"caption": caption} if caption else {})}
        return await self._does("message.image.received", said)

    async def sends_sticker(self) -> str:
        return await self._does(
            "message.sticker.received", {"sticker": "a1", "url": "https://zalo.invalid/s"}
        )

    async def sends_voice(self) -> str:
        return await self._does("message.voice.received", {"voice_url": "https://zalo.invalid/v"})

    async def sends_unsupported(self) -> str:
        return await self._does("message.unsupported.received", {})

    async def _does(self, event: str, said: Json, message_id: str = "") -> str:
        self._chat.open = True
        number = next(self._zalo.numbers)
        message_id = message_id or f"m{number}"
        update = {
            "event_name": event,
            "message": {
                "from": {"id": self.id, "display_name": self.name, "is_bot": False},
                "chat": {"id": self.id, "chat_type": "PRIVATE"},
                "message_id": message_id,
                "date": self._zalo.now_ms() + number,
                **said,
            },
        }
        # Documented one way and seen the other: both come.
        await self._zalo.server.push(update, wrapped=number % 2 == 0)
        return message_id

    async def chooses(self, label: str) -> str:
        """Type what the newest message that lists a choice says."""
        for message in reversed(self.messages):
            typed = typed_for(message.text, label)
            if typed is not None:
                return await self.sends(typed)
        raise AssertionError(f"no choice {label!r} for {self.name}:\n{self.as_text()}")

    async def sees(self, *texts: str, deadline: float = DEADLINE) -> Sent:
        """The oldest message that holds all ``texts`` and was not given out before, once there is one."""
        try:
            async with asyncio.timeout(deadline):
                while True:
                    changed = self._chat.changed
                    for message in self.messages:
                        if not message.seen and all(text in message.text for text in texts):
                            message.seen = True
                            return message
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"no new message with {texts!r} for {self.name}:\n{self.as_text()}"
            ) from None

    def as_text(self) -> str:
        return "\n".join(f"  {message.text!r}" for message in self.messages[-8:]) or "  (nothing)"


class FakeZaloBot:
    """The platform, with one bot and the people that a test makes."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
        idle_s: float = 30.0,
    ) -> None:
        """``now_ms`` is Zalo's clock; it may be set later."""
        self.now_ms = now_ms
        self.numbers = itertools.count(1)
        self.server = ZaloBotServer(token, self._now, idle_s)
        self._photos = itertools.count(1)

    def _now(self) -> int:
        """As it is set when somebody asks."""
        return self.now_ms()

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()

    @property
    def api(self) -> str:
        """The setting ``zalo_bot.api``."""
        return self.server.root

    def user(self, name: str = "Lan", *, user_id: str = "") -> Person:
        """Somebody who has not written to the bot yet."""
        number = user_id or f"z{len(self.server.chats) + 1:015x}"
        chat = self.server.chats[number] = Chat(number)
        return Person(self, chat, name)

    def photo(self, content: bytes, *, kind: str = "image/jpeg", status: int = 200) -> str:
        """Keep a photo; gives its address at Zalo."""
        name = f"{next(self._photos)}.jpg"
        self.server.photos[name] = (status, kind, content)
        return f"{self.server.root}/photo/{name}"

    def fault(self, kind: str, method: str = "sendMessage", **details: Any) -> Fault:
        """Let calls go wrong."""
        fault = Fault(kind, method, **details)
        self.server.faults.append(fault)
        return fault

    def requests_of(self, *methods: str) -> list[Json]:
        """What was asked for, oldest first."""
        return [body for method, body in self.server.requests if method in methods]

    async def handed_out(self, number: int, deadline: float = DEADLINE) -> None:
        """Return once so many updates were handed out to polls."""
        await self.server.handed_out(number, deadline)

    async def asked(self, method: str, times: int = 1, deadline: float = DEADLINE) -> None:
        """Return once the bot has called a method so many times."""
        await self.server.asked(method, times, deadline)


def main() -> None:
    """Run it on its own: the first line printed is its root."""
    from tests.fakes.control import Control, serve  # noqa: PLC0415 - a test has no need of them
    from tests.fakes.writing import WritingPhones  # noqa: PLC0415

    zalo = FakeZaloBot()
    phones = partial(WritingPhones, lambda user_id: zalo.user(user_id=user_id), zalo.server.on_shown)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(zalo, zalo.server, Control(zalo.server, phones)))


if __name__ == "__main__":
    main()
