"""People on Zalo in tests: what they send to the account, and what their screen shows of it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.typing_choices import typed_for

if TYPE_CHECKING:
    from datetime import datetime

    from tests.fakes.zalo_oa import FakeZaloOa

#: Seconds that a test waits for the bot before it fails.
DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Button:
    """A button: a tap sends its payload as if it had been typed, or opens a link."""

    title: str
    payload: str = ""
    url: str = ""


@dataclass(slots=True, eq=False)
class Message:
    """A message as the phone shows it."""

    text: str
    buttons: tuple[Button, ...] = ()
    picture: bytes = b""
    document: tuple[str, bytes] | None = None
    seen: bool = False


class Person:
    """Somebody with Zalo on their phone."""

    def __init__(self, zalo: "FakeZaloOa", user_id: str, name: str) -> None:
        self.id = user_id
        self.name = name
        self.messages: list[Message] = []
        #: When they last did something that opens the window.
        self.last_seen: datetime | None = None
        #: They stopped following; or were away from Zalo for 45 days.
        self.has_left = False
        self.is_inactive = False
        self._zalo = zalo
        self._changed = asyncio.Event()

    # what they do; each gives the status that the bot answered

    async def follows(self) -> int:
        """Begin to follow the account."""
        self.has_left = False
        return await self._does(
            "follow", oa_id=self._zalo.account.oa_id, follower={"id": self.id}, source="qr"
        )

    async def unfollows(self) -> int:
        """Stop to follow it."""
        status = await self._does("unfollow", oa_id=self._zalo.account.oa_id, follower={"id": self.id})
        self.has_left = True
        return status

    async def sends(self, text: str) -> int:
        """Type something."""
        return await self._sends("user_send_text", text=text)

    async def taps(self, title: str) -> int:
        """Press the newest button with these words. ``AssertionError`` with what stands here if there is none."""
        for message in reversed(self.messages):
            for button in message.buttons:
                if title in button.title:
                    assert not button.url, f"the button {title!r} opens {button.url}"
                    return await self.sends(button.payload)
        raise AssertionError(f"no button {title!r} on {self.name}'s screen:\n{self.as_text()}")

    async def chooses(self, label: str) -> int:
        """Tap the newest button with these words, or type what stands before them in a list."""
        for message in reversed(self.messages):
            if any(label in button.title for button in message.buttons):
                return await self.taps(label)
            typed = typed_for(message.text, label)
            if typed is not None:
                return await self.sends(typed)
        raise AssertionError(f"no choice {label!r} on {self.name}'s screen:\n{self.as_text()}")

    async def sends_photo(self, content: bytes) -> int:
        """Send one photo."""
        return await self.sends_photos(content)

    async def sends_photos(self, *photos: bytes, text: str = "") -> int:
        """Send photos in one message."""
        urls = [self._zalo.keep(photo, "photo.jpg", "image/jpeg") for photo in photos]
        attached = [{"type": "image", "payload": {"thumbnail": url, "url": url}} for url in urls]
        return await self._sends("user_send_image", text=text, attachments=attached)

    async def sends_link_to_photo(self, url: str) -> int:
        """A photo whose address leads wherever the test wants."""
        attached = [{"type": "image", "payload": {"url": url}}]
        return await self._sends("user_send_image", attachments=attached)

    async def sends_file(self, name: str, content: bytes, mime: str = "application/pdf") -> int:
        """Send a document."""
        payload = {
            "url": self._zalo.keep(content, "file", mime),
            "size": str(len(content)),
            "name": name,
            "type": name.rpartition(".")[2],
        }
        return await self._sends("user_send_file", attachments=[{"type": "file", "payload": payload}])

    async def sends_other(self, what: str) -> int:
        """Send a ``sticker``, ``gif``, ``audio`` or ``location``."""
        payload: dict[str, Any] = {"url": f"{self._zalo.root}/no/such/file"}
        if what == "location":
            payload = {"coordinates": {"latitude": "10.79", "longitude": "106.78"}}
        return await self._sends(f"user_send_{what}", attachments=[{"type": what, "payload": payload}])

    async def _sends(self, event: str, **message: Any) -> int:
        message["msg_id"] = self._zalo.number()
        oa = {"id": self._zalo.account.oa_id}
        return await self._does(event, sender={"id": self.id}, recipient=oa, message=message)

    async def _does(self, event: str, **more: Any) -> int:
        self.last_seen = self._zalo.clock.now()
        return await self._zalo.post(self._zalo.event(event, user_id_by_app=f"9{self.id}", **more))

    # what they see

    def gets(self, message: Message) -> None:
        """Something arrives."""
        self.messages.append(message)
        self._changed.set()

    async def sees(self, *texts: str, deadline: float = DEADLINE) -> Message:
        """The oldest message that holds all ``texts`` and was not given out before, once there is one.

        Raises ``AssertionError`` with what stands here after ``deadline``.
        """
        try:
            async with asyncio.timeout(deadline):
                while True:
                    self._changed.clear()
                    for message in self.messages:
                        if not message.seen and all(text in message.text for text in texts):
                            message.seen = True
                            return message
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"no new message with {texts!r} for {self.name}:\n{self.as_text()}"
            ) from None

    def as_text(self) -> str:
        """The last messages, for a failing test's report."""
        lines = []
        for message in self.messages[-8:]:
            lines.append(f"  {'(seen) ' if message.seen else ''}{message.text!r}")
            lines.append(f"      {[button.title for button in message.buttons]}")
        return "\n".join(lines) or "  (nothing)"
