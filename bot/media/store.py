"""Pictures and documents: checked, made fit to keep, and stored once by the digest of their bytes."""

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import filetype

from bot.clock import Clock
from bot.conversation.text import clean
from bot.conversation.vocabulary import IncomingFile
from bot.delivery.channel import FileProblem
from bot.media.pictures import Decoder
from storage import media
from storage.engine import Database

#: As much as messengers hand over.
LIMIT = 20 * 1024 * 1024

#: What a support team can open, by what the bytes are; what a name or a messenger says does not count.
_DOCUMENTS = {
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "video/mp4": ".mp4",
}
_PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/avif"}

#: A file gets its row within moments, or never.
_JUST_WRITTEN_S = 3600
#: All stores of a process share the processes that decode.
_DECODER = Decoder()


class MediaStore:
    """A folder of files named by digest, with a row for each."""

    def __init__(self, folder: Path, database: Database, clock: Clock, *, limit: int = LIMIT) -> None:
        """``limit``: the largest file taken, in bytes."""
        self.folder = folder
        self.limit = limit
        self._database = database
        self._clock = clock
        #: Files that are being kept just now, by digest: their rows come in a moment.
        self._coming: Counter[str] = Counter()
        media.remove_after_commit(database, self._remove)

    async def take(self, file: IncomingFile, content: bytes) -> IncomingFile:
        """Keep a file somebody sent; gives it back with its ``media_id``. Raises :class:`FileProblem`."""
        if len(content) > self.limit:
            raise FileProblem("files.too_big")
        mime = _kind_of(content)
        is_picture = mime in _PICTURES
        kept = content
        if is_picture:
            found = await _DECODER.tidied(content)
            if isinstance(found, str):
                raise FileProblem(found)
            kept, mime = found, "image/jpeg"
        media_id = await self.keep(kept, mime)
        return replace(
            file,
            media_id=media_id,
            is_picture=is_picture,
            mime=mime,
            size=len(kept),
            name=_file_name(file.name, mime),
        )

    async def keep(self, content: bytes, mime: str) -> int:
        """Store bytes; the same bytes twice are one file. Gives the row's id."""
        digest = hashlib.sha256(content).hexdigest()
        self._coming[digest] += 1
        try:
            await asyncio.to_thread(self._write, digest, content)
            async with self._database.write() as session:
                return await media.keep(session, digest, mime, len(content), self._clock.now())
        finally:
            self._coming[digest] -= 1

    async def read(self, media_id: int) -> tuple[bytes, str]:
        """The bytes and what they are. Raises KeyError when there is no such file."""
        async with self._database.read() as session:
            row = await media.get(session, media_id)
        if row is None:
            raise KeyError(media_id)
        return await asyncio.to_thread(self.path(row.sha256).read_bytes), row.mime

    def _remove(self, digests: Sequence[str]) -> None:
        for digest in digests:
            if not self._coming[digest]:
                self.path(digest).unlink(missing_ok=True)

    async def sweep(self) -> int:
        """Remove files that no row names any more, as a process leaves them that dies at the wrong moment; gives how many.

        What has just been written gets its row in a moment, and is left alone.
        """
        async with self._database.read() as session:
            known = await media.digests(session)
        return await asyncio.to_thread(self._sweep, known)

    def _sweep(self, known: Collection[str]) -> int:
        number = 0
        for path in self.folder.glob("??/*"):
            old = time.time() - path.stat().st_mtime > _JUST_WRITTEN_S
            if path.name not in known and old:
                path.unlink(missing_ok=True)
                number += 1
        return number

    def path(self, digest: str) -> Path:
        """Where a file with this digest is."""
        return self.folder / digest[:2] / digest

    def _write(self, digest: str, content: bytes) -> None:
        path = self.path(digest)
        if path.exists():
            # As if it were new: nobody sweeps it away before its row is there.
            os.utime(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all, also when the power goes: the row that names it is committed afterwards.
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with part.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def is_picture(content: bytes) -> bool:
    """Whether bytes begin as those of a picture do."""
    kind = filetype.guess(content)
    return kind is not None and kind.mime in _PICTURES


def check_beginning(head: bytes) -> None:
    """Refuse by its first bytes (8 kB, or all) a file that is none of those taken. Raises :class:`FileProblem`.

    What an archive holds is seen only when all of it is there: it goes on for now.
    """
    if not head:
        raise FileProblem("files.empty")
    kind = filetype.guess(head)
    mime = kind.mime if kind is not None else ""
    if mime not in _PICTURES and mime not in _DOCUMENTS and not head.startswith(b"PK"):
        raise FileProblem("files.kind")


def _kind_of(content: bytes) -> str:
    """What bytes are, by themselves. Raises :class:`FileProblem` for what is not taken."""
    if not content:
        raise FileProblem("files.empty")
    kind = filetype.guess(content)
    mime = kind.mime if kind is not None else ""
    if mime == "application/zip" or not mime:
        mime = _by_looking_inside(content) or mime
    if mime not in _PICTURES and mime not in _DOCUMENTS:
        raise FileProblem("files.kind")
    return mime


def _by_looking_inside(content: bytes) -> str:
    """Office files of some programs look like any archive from outside."""
    for marker, mime in (
        (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ):
        if content.startswith(b"PK") and b"[Content_Types].xml" in content and marker in content:
            return mime
    return ""


def _file_name(name: str, mime: str) -> str:
    """A name that ends as the bytes say and cannot lead out of a folder."""
    base = clean(name).replace("\n", " ").replace("/", "_").replace("\\", "_").lstrip(".")[:150] or "tep"
    ending = ".jpg" if mime == "image/jpeg" else _DOCUMENTS[mime]
    with suppress(ValueError):
        stem, _, last = base.rpartition(".")
        if stem and 1 <= len(last) <= 5:
            base = stem
    return base + ending
