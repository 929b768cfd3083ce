"""A channel of an Official Account to be made, and what is sent over it."""

import io
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from markupsafe import Markup
from PIL import Image

from bot.channels.handing_out import HandingOut
from bot.channels.zalo_oa.channel import NAME, ZaloOaChannel
from bot.clock import FixedClock
from bot.config import ZaloOaSettings
from bot.conversation.vocabulary import Recipient, Screen
from bot.delivery.buckets import OwnBuckets
from bot.delivery.pace import Pace, Rates
from bot.media.store import MediaStore
from bot.texts import Texts
from storage.engine import Database
from tests.fakes.zalo_oa import FakeZaloOa, Person

TEXTS = Texts.load()
ROOT = "https://sangkien.example.vn"


class Make:
    """Makes channels, and closes them."""

    def __init__(self, zalo: FakeZaloOa, database: Database, clock: FixedClock, folder: Path) -> None:
        self._zalo, self._database, self._clock = zalo, database, clock
        self.media = MediaStore(folder / "media", database, clock)
        self._made: list[ZaloOaChannel] = []

    async def __call__(self, *, rates: Rates | None = None, **settings: Any) -> ZaloOaChannel:
        chosen = ZaloOaSettings(**self._zalo.settings(**settings))
        pace = Pace(NAME, rates or Rates(), OwnBuckets())
        handing_out = HandingOut(ROOT, b"secret", self.media, self._database, self._clock, timedelta(days=3))
        channel = ZaloOaChannel(chosen, self._database, self._clock, self.media, TEXTS, pace, handing_out)
        await channel.start()
        channel.api._whole_s = 0.3
        self._made.append(channel)
        return channel

    async def close(self) -> None:
        for channel in self._made:
            await channel.stop()


def to(person: Person) -> Recipient:
    return Recipient(NAME, person.id)


def screen(text: str = "Chào bạn", **more: Any) -> Screen:
    return Screen(Markup(text), **more)  # noqa: S704 - the test's own


def picture_of(colours: str = "plain", side: int = 300) -> bytes:
    picture = Image.new("RGB", (side, side), "teal")
    if colours == "noise":
        picture = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side * side))  # noqa: S311 - a picture
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


# what arrives
