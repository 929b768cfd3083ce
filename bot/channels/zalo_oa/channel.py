"""The Zalo Official Account as a channel: sending screens, and naming what went wrong."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.channels.fetching import Fetcher
from bot.channels.handing_out import HandingOut
from bot.channels.plain import parts
from bot.channels.zalo_oa import pictures, rendering, windows
from bot.channels.zalo_oa.client import Attachment, AttachmentGone, Expired, Night, OpenApi
from bot.channels.zalo_oa.tokens import NoToken, Tokens
from bot.clock import Clock
from bot.config import ZaloOaSettings
from bot.conversation.vocabulary import (
    Capabilities,
    Document,
    IncomingFile,
    Picture,
    Recipient,
    Reply,
    Screen,
)
from bot.delivery import channel as delivery
from bot.delivery.channel import OwnTranscript, Sent
from bot.delivery.leaving import Leaving
from bot.delivery.pace import Pace
from bot.media.store import MediaStore
from bot.texts import Texts
from storage.delivery.tables import Lane
from storage.engine import Database
from storage.trouble import is_trouble

log = logging.getLogger(__name__)

NAME = "zalo_oa"

T = TypeVar("T")

#: Documents that Zalo takes, by how their bytes begin, and how large.
_DOCUMENT_KINDS = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
}
DOCUMENT_LARGEST = 5 * 1000 * 1000
#: Zalo keeps an uploaded file for seven days, and takes 5.000 uploads a month: one is used for as many as it can be.
_KEPT = timedelta(days=6)
_REMEMBERED = 2_000
#: Without a token nothing leaves; it is looked again after so long.
_NO_TOKEN_S = 300.0


class ZaloOaChannel(OwnTranscript):
    """One Official Account."""

    name = NAME

    def __init__(
        self,
        settings: ZaloOaSettings,
        database: Database,
        clock: Clock,
        media: MediaStore,
        texts: Texts,
        pace: Pace,
        handing_out: HandingOut,
    ) -> None:
        """Nothing is contacted before :meth:`start`."""
        self.capabilities = Capabilities(
            buttons=False,
            edit=False,
            files_in=True,
            files_out=True,
            max_text=rendering.TEXT_LONGEST,
            groups=False,
            may_write_first=False,
            window_hours=windows.hours_open(uses_quota=settings.uses_quota),
            paid_beyond=bool(settings.paid_template),
            taps=rendering.BUTTONS if settings.buttons else 0,
        )
        self.bulk_at_once = pace.bulk_at_once
        self.api = OpenApi(settings)
        self.tokens = Tokens(database, clock, self.api.renew, settings.refresh_token.get_secret_value())
        self._settings = settings
        self._clock = clock
        self._media = media
        self._texts = texts
        self._pace = pace
        self._handing_out = handing_out
        self._fetcher = Fetcher(inside=[settings.files_from] if settings.files_from else [])
        self._uploads = _Uploads(clock)
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the connections, and see to it that the access token never runs out."""
        await self.api.start()
        await self._fetcher.start()
        self._keeping = asyncio.create_task(self.tokens.keep(), name="zalo tokens")

    async def stop(self) -> None:
        """Close the connections; a token that is being renewed is stored first."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None
        await self.tokens.settled()
        await self._fetcher.stop()
        await self.api.stop()

    # ------------------------------------------------------------ out

    async def answer(self, reply: Reply) -> None:
        """Send the screens of an answer in order. What they wrote has opened the window, so nothing is paid for."""
        leaving = Leaving(self._pace, reply.to.chat, Lane.ANSWER)
        for screen in reply.screens:
            if screen.text:
                await self._show(leaving, reply.to, screen)

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """A screen that answers nothing. What stands there cannot be changed: ``replaces`` is written anew."""
        del replaces
        leaving = Leaving(self._pace, to.chat, lane)
        if to.is_closed:
            return Sent(await leaving.send(partial(self._paid, to.chat, screen)))
        return Sent(await self._show(leaving, to, screen))

    async def _paid(self, user: str, screen: Screen) -> str:
        """Its words alone, in the template: nothing else is taken any more."""
        words = " ".join(rendering.plain(screen.text).split())
        text = rendering.cut(words, self._settings.paid_template_longest)
        return await self.with_access(lambda access: self.api.send_template(access, user, text))

    async def _show(self, leaving: Leaving, to: Recipient, screen: Screen) -> str:
        """Show a screen; gives the id of its last message."""
        texts = parts(rendering.plain(screen.text), rendering.TEXT_LONGEST)
        is_one = len(screen.pictures) == 1 and not screen.choices and len(texts) == 1
        for picture in screen.pictures:
            content = await self._bytes(picture)
            ref = await leaving.send(
                partial(self._attached, to.chat, "image", content, texts[0] if is_one else "")
            )
            if is_one:
                await self._documents(leaving, to, screen)
                return ref
        await self._documents(leaving, to, screen)
        ref = ""
        for words in texts[:-1]:
            ref = await leaving.send(partial(self._message, to.chat, rendering.text_message(words)))
        for words in texts[-1:]:
            shown = rendering.buttons(screen.choices, self._settings.button_longest)
            message = rendering.buttons_message(words, shown) if shown else rendering.text_message(words)
            ref = await leaving.send(partial(self._message, to.chat, message))
        return ref

    async def _documents(self, leaving: Leaving, to: Recipient, screen: Screen) -> None:
        for document in screen.documents:
            content = await self._content(document)
            if _kind(document.name) is not None and len(content) <= DOCUMENT_LARGEST:
                await leaving.send(partial(self._attached, to.chat, "file", content, "", document.name))
                continue
            address, until = await self._handing_out.document(document, to.account_id)
            say = self._texts.say(to.language)
            words = say("files.link", name=document.name, url=address, until=say.moment(until))
            message = rendering.text_message(rendering.plain(words))
            await leaving.send(partial(self._message, to.chat, message))

    async def _message(self, user: str, message: Mapping[str, Any]) -> str:
        return await self.with_access(lambda access: self.api.send(access, user, message))

    async def _attached(self, user: str, kind: str, content: bytes, text: str, name: str = "") -> str:
        """A picture or document, uploaded before unless that was done in the last days."""
        for is_last in (False, True):
            file = await self._uploads.get(
                content + name.encode(), partial(self._upload, kind, content, name)
            )
            message = (
                rendering.picture_message(file.key, file.value, text)
                if kind == "image"
                else rendering.file_message(file.key, file.value)
            )
            try:
                return await self._message(user, message)
            except AttachmentGone as problem:
                self._uploads.forget(content + name.encode())
                if is_last:
                    raise delivery.NotSent(str(problem)) from None
        raise AssertionError("the last round returns or raises")

    async def _upload(self, kind: str, content: bytes, name: str) -> Attachment:
        if kind == "image":
            content, name, mime = await asyncio.to_thread(pictures.fit, content)
        else:
            mime = _kind(name) or "application/octet-stream"
        return await self.with_access(lambda access: self.api.upload(access, kind, name, content, mime))

    async def with_access(self, request: Callable[[str], Awaitable[T]]) -> T:
        """Do a request with a token; once more with a new one when Zalo refuses it. Raises :class:`delivery.SendError`."""
        access = await self._access()
        try:
            return await self._named(request, access)
        except Expired:
            # It surely did nothing.
            access = await self._access(stale=access)
        try:
            return await self._named(request, access)
        except Expired as problem:
            log.error("Zalo refuses an access token that it has just given: %s", problem)
            raise delivery.NotSent(str(problem)) from None

    async def _named(self, request: Callable[[str], Awaitable[T]], access: str) -> T:
        try:
            return await request(access)
        except Night:
            raise delivery.Held(windows.seconds_to_morning(self._clock.now())) from None

    async def _access(self, *, stale: str = "") -> str:
        try:
            return await self.tokens.access(stale=stale)
        except NoToken as problem:
            if problem.is_lost:
                # Held, not failed: it leaves as soon as somebody has put in a new one.
                raise delivery.Held(_NO_TOKEN_S) from None
            raise delivery.NotSent(str(problem)) from None
        except Exception as problem:
            if is_trouble(problem):
                raise delivery.NotSent("the database cannot be read") from None
            raise

    async def _content(self, document: Document) -> bytes:
        if document.content is None and document.media_id is not None:
            return (await self._media.read(document.media_id))[0]
        return document.content or b""

    async def _bytes(self, picture: Picture) -> bytes:
        if picture.drawing is not None:
            return await asyncio.to_thread(picture.drawing.draw)
        content, _ = await self._media.read(picture.media_id or 0)
        return content

    # ------------------------------------------------------------ in

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a photo or document, from the address that Zalo gave."""
        return await self._fetcher.fetch(file, limit)


def _kind(name: str) -> str | None:
    """What Zalo takes a document for by its name; None when it takes no such thing."""
    return _DOCUMENT_KINDS.get(name.rpartition(".")[2].lower())


class _Uploads:
    """What has been uploaded lately, so that a photo for ten thousand people is uploaded once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Attachment, datetime]] = OrderedDict()
        self._locks: dict[bytes, asyncio.Lock] = {}

    async def get(self, content: bytes, upload: Callable[[], Awaitable[Attachment]]) -> Attachment:
        """The attachment of some bytes; whoever comes while it is on its way waits for the same one."""
        key = hashlib.sha256(content).digest()
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._known.get(key)
                if found is not None and self._clock.now() < found[1]:
                    return found[0]
                attachment = await upload()
                self._known[key] = (attachment, self._clock.now() + _KEPT)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
                return attachment
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    def forget(self, content: bytes) -> None:
        """Zalo knows it no more."""
        self._known.pop(hashlib.sha256(content).digest(), None)
