"""The terminal as a channel: what the bot says is collected for the console, files come and go by their paths."""

import asyncio
import logging
import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bot.conversation.text import clean, fold
from bot.conversation.vocabulary import (
    Capabilities,
    Document,
    IncomingFile,
    Picture,
    Recipient,
    Reply,
    Screen,
)
from bot.delivery.channel import FileProblem, OutsideWindow, OwnTranscript, Sent
from bot.media.store import MediaStore
from storage.delivery.tables import Lane

log = logging.getLogger(__name__)

NAME = "terminal"

_NAME_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A picture or document that was put into the folder; without a path where that failed. ``size`` is in bytes."""

    name: str
    path: Path | None
    size: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen as it arrived; ``is_notice`` when it answers nothing that was said."""

    text: Markup
    pictures: tuple[ShownFile, ...] = ()
    documents: tuple[ShownFile, ...] = ()
    is_notice: bool = False


class TerminalChannel(OwnTranscript):
    """One terminal, at which one account sits at a time."""

    name = NAME
    capabilities = Capabilities(
        buttons=False,
        edit=False,
        files_in=True,
        files_out=True,
        max_text=20_000,
        groups=False,
        may_write_first=True,
    )
    bulk_at_once = 64

    def __init__(self, media: MediaStore, folder: Path) -> None:
        """``folder`` is made when the first file is put into it."""
        self._media = media
        self._folder = folder
        #: The account that sits here now; what is for others waits until they do.
        self.present = ""
        self._shown: list[Shown] = []
        self._files = 0
        self._notices = 0

    def take(self) -> list[Shown]:
        """All that has arrived since this was asked last, in order."""
        taken, self._shown = self._shown, []
        return taken

    # ------------------------------------------------------------ out

    async def answer(self, reply: Reply) -> None:
        """Show the screens of an answer."""
        for screen in reply.screens:
            if screen.text:
                self._shown.append(await self._show(screen, is_notice=False))

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """Show a screen that answers nothing, if its reader sits here."""
        del replaces, lane
        if to.chat != self.present:
            raise OutsideWindow("nobody sits at the terminal as this person")
        self._shown.append(await self._show(screen, is_notice=True))
        self._notices += 1
        return Sent(str(self._notices))

    async def _show(self, screen: Screen, *, is_notice: bool) -> Shown:
        pictures = [await self._picture(one) for one in screen.pictures]
        documents = [await self._document(one) for one in screen.documents]
        return Shown(screen.text, tuple(pictures), tuple(documents), is_notice)

    async def _picture(self, picture: Picture) -> ShownFile:
        content, mime = b"", "image/png"
        try:
            if picture.drawing is not None:
                content = await asyncio.to_thread(picture.drawing.draw)
            else:
                content, mime = await self._media.read(picture.media_id or 0)
        except (KeyError, OSError) as problem:
            log.warning("a picture cannot be read (%s)", type(problem).__name__)
            return ShownFile(picture.alt, None, 0)
        ending = mimetypes.guess_extension(mime) or ""
        stem = fold(picture.alt.removesuffix(ending)).replace(" ", "-")[:_NAME_LONGEST]
        return await self._put(picture.alt, stem + ending, content)

    async def _document(self, document: Document) -> ShownFile:
        content = document.content or b""
        try:
            if document.media_id is not None:
                content, _ = await self._media.read(document.media_id)
        except (KeyError, OSError) as problem:
            log.warning("a document cannot be read (%s)", type(problem).__name__)
            return ShownFile(document.name, None, 0)
        safe = clean(document.name).replace("/", "_").replace("\\", "_").replace("\n", " ")
        return await self._put(document.name, safe[-_NAME_LONGEST:], content)

    async def _put(self, name: str, file_name: str, content: bytes) -> ShownFile:
        try:
            path = await asyncio.to_thread(self._write, file_name, content)
        except OSError as problem:
            log.warning("nothing can be written into %s (%s)", self._folder, problem.strerror)
            return ShownFile(name, None, len(content))
        return ShownFile(name, path, len(content))

    def _write(self, file_name: str, content: bytes) -> Path:
        """A file of its own, next to those that were put there before. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._files += 1
            path = self._folder / f"{self._files:03d}-{file_name}"
            try:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    out.write(content)
            except FileExistsError:
                continue
            return path

    # ------------------------------------------------------------ in

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a file on this machine; ``file.source`` is its path."""
        try:
            return await asyncio.to_thread(_read, Path(file.source), limit)
        except OSError:
            raise FileProblem("files.unreachable") from None


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise FileProblem("files.too_big")
    return content
