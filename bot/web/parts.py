"""What the chat's endpoints work with, and who is at them."""

import hmac
from dataclasses import dataclass

from starlette.requests import Request

from bot.channels.web import Bell
from bot.clock import Clock
from bot.media.store import MediaStore
from bot.reception.desk import Desk
from bot.services.people.quota import Quota
from bot.texts import Texts
from bot.web.devices import Devices, SignedIn
from bot.web.page import Pages
from bot.web.streams import Streams
from bot.web.uploads import Uploads
from storage.engine import Database
from storage.people.tables import Account


@dataclass(slots=True)
class ChatParts:
    """What the chat's endpoints work with."""

    database: Database
    desk: Desk
    bell: Bell
    media: MediaStore
    quota: Quota
    devices: Devices
    pages: Pages
    texts: Texts
    clock: Clock
    secret: bytes
    streams: Streams
    uploads: Uploads
    is_demo: bool = False

    def sign(self, account: Account, media_id: int) -> str:
        """What makes the address of a picture hard to guess, and worth nothing to anybody but who was shown it.

        By the account's name: the number of a guest who was forgotten may be given to the next one.
        """
        about = f"{account.external_id}:{media_id}"
        return hmac.new(self.secret, about.encode(), "sha256").hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Place:
    """One base path of a chat (``/chat/``, or a demo person's own), which begins and ends with a slash."""

    parts: ChatParts
    base: str
    #: Whether it is for the browser itself, which may be a kiosk; not for a person to be in a demo.
    shared: bool = True

    async def signed_in(self, request: Request, *, left: bool = False) -> SignedIn | None:
        """Who is signed in here; ``left``: also who has left a kiosk, while their browser hands over what it holds."""
        return await self.parts.devices.signed_in(request, shared=self.shared, left=left)
