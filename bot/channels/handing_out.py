"""Pictures and documents for messengers that take none: by addresses of ours that are signed and lapse.

An address can be opened by whoever has it, as the messenger's own server must. So it cannot be guessed, it says
nothing, and it lapses. Files of our store need no row for that; what was made for one person (an export of their
data) is a row until then, and goes with the person.
"""

import asyncio
import base64
import hmac
import logging
import mimetypes
import secrets
import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clock import Clock
from bot.conversation.vocabulary import Document, Picture
from bot.media.store import MediaStore
from storage.delivery import handouts
from storage.engine import Database

log = logging.getLogger(__name__)

_MAC_LONG: Final = 16
_PURPOSE: Final = b"handed out\0"
#: A kind ("m" of the media store, "h" a row of its own), its number, and when it lapses.
_SHAPE: Final = struct.Struct(">cQQ")
_HEADERS: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class HandingOut:
    """Makes such addresses, and answers them."""

    PATH: Final = "/f"

    def __init__(
        self, root: str, secret: bytes, media: MediaStore, database: Database, clock: Clock, lasts: timedelta
    ) -> None:
        """``root``: the web's address as the messenger's server reaches it. ``secret`` signs.

        ``lasts``: how long an address can be opened.
        """
        self._root = root
        self._secret = secret
        self._media = media
        self._database = database
        self._clock = clock
        self._lasts = lasts

    def routes(self) -> list[Route]:
        """For the application."""
        return [Route(f"{self.PATH}/{{token}}/{{name}}", self.hand_out)]

    async def picture(self, picture: Picture) -> str:
        """The address of a picture; one that is drawn is drawn now."""
        media_id = picture.media_id
        if picture.drawing is not None:
            content = await asyncio.to_thread(picture.drawing.draw)
            media_id = await self._media.keep(content, "image/png")
        return self._address(b"m", media_id or 0, "anh.jpg" if picture.drawing is None else "anh.png")[0]

    async def document(self, document: Document, account_id: int | None) -> tuple[str, datetime]:
        """The address of a document, and until when it opens. What was made for an account goes with it."""
        if document.media_id is not None:
            return self._address(b"m", document.media_id, document.name)
        now = self._clock.now()
        async with self._database.write() as session:
            number = await handouts.keep(
                session,
                secrets.randbits(62),
                account_id,
                document.name,
                document.content or b"",
                now + self._lasts,
            )
        return self._address(b"h", number, document.name)

    def _address(self, kind: bytes, number: int, name: str) -> tuple[str, datetime]:
        lapses = self._clock.now() + self._lasts
        payload = _SHAPE.pack(kind, number, int(lapses.timestamp()))
        token = base64.urlsafe_b64encode(payload + self._mac(payload, name)).decode().rstrip("=")
        return f"{self._root}{self.PATH}/{token}/{quote(name, safe='')}", lapses

    def _mac(self, payload: bytes, name: str) -> bytes:
        signed = _PURPOSE + payload + name.encode("utf-8", "replace")
        return hmac.new(self._secret, signed, "sha256").digest()[:_MAC_LONG]

    async def hand_out(self, request: Request) -> Response:
        """The file of an address; 404 for one that is not ours or has lapsed, without saying which."""
        name = request.path_params["name"]
        opened = self._opened(request.path_params["token"], name)
        if opened is None:
            return Response(status_code=404)
        kind, number = opened
        content: bytes | None
        if kind == b"m":
            try:
                content, mime = await self._media.read(number)
            except (KeyError, OSError):
                return Response(status_code=404)
        else:
            async with self._database.read() as session:
                content = await handouts.content(session, number, self._clock.now())
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if content is None:
            return Response(status_code=404)
        shown = "inline" if mime.startswith("image/") else "attachment"
        return Response(
            content,
            media_type=mime,
            headers={**_HEADERS, "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(name, safe='')}"},
        )

    def _opened(self, token: str, name: str) -> tuple[bytes, int] | None:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            kind, number, lapses = _SHAPE.unpack(raw[: _SHAPE.size])
        except (ValueError, struct.error):
            return None
        if not hmac.compare_digest(raw[_SHAPE.size :], self._mac(raw[: _SHAPE.size], name)):
            return None
        if datetime.fromtimestamp(lapses, UTC) <= self._clock.now():
            return None
        return kind, number
