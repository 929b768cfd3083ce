"""A file that a browser uploads: counted while it comes, and looked at before it is whole.

It is written to a file of no name as it comes. What it is, is seen in its first bytes: what would be refused in the
end is refused there, and the rest is not waited for.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: As many bytes of a file as say what it is.
HEAD = 8192
#: Kept in memory until there is more of it.
_IN_MEMORY = 256 * 1024
#: A key, an album, whether it goes on; each is short.
_MOST_FIELDS = 5
_FIELD_LONGEST = 200
#: Parts' names and boundaries, beside what is in them.
_AROUND = 16 * 1024
#: What a person's phone sends at once; it sends one file after another.
_PER_ACCOUNT = 2
#: Files that are put together in memory at a time, however many arrive.
_IN_HAND = 4

#: Looks at a file's name and first bytes, and raises why it is not taken.
Look = Callable[[str, bytes], Awaitable[None]]


class Broken(Exception):
    """What came is no upload of ours."""


class TooBig(Exception):
    """More bytes came than are taken."""


class Busy(Exception):
    """Too many files are on their way just now; the browser is to try again."""


class Uploads:
    """How many files may be on their way at once: each lies on the disk until it is whole."""

    def __init__(self, most: int) -> None:
        """``most`` in all; one address gets half of them, all guests together a quarter."""
        self._most = most
        self._on_their_way: Counter[str] = Counter()
        self._in_hand = asyncio.Semaphore(_IN_HAND)

    @asynccontextmanager
    async def one(self, account_id: int, place: str, *, is_guest: bool) -> AsyncIterator[None]:
        """One more is on its way. Raises :class:`Busy`."""
        bounds = {
            "all": self._most,
            f"at {place}": max(self._most // 2, 1),
            f"of {account_id}": _PER_ACCOUNT,
        }
        if is_guest:
            bounds["guests'"] = max(self._most // 4, 1)
        if any(self._on_their_way[name] >= most for name, most in bounds.items()):
            raise Busy
        self._on_their_way.update(bounds.keys())
        try:
            yield
        finally:
            for name in bounds:
                self._on_their_way[name] -= 1
                if not self._on_their_way[name]:
                    del self._on_their_way[name]

    @asynccontextmanager
    async def in_hand(self) -> AsyncIterator[None]:
        """A whole one is read and kept."""
        async with self._in_hand:
            yield


@dataclass(slots=True)
class Arriving:
    """A file that is on the disk, with no name there; gone when it is closed."""

    fields: Mapping[str, str]
    name: str
    size: int
    _kept: IO[bytes]

    async def read(self) -> bytes:
        """All of it."""
        self._kept.seek(0)
        return await asyncio.to_thread(self._kept.read)


@asynccontextmanager
async def arriving(
    chunks: AsyncIterator[bytes], content_type: str, look: Look, *, most: int
) -> AsyncIterator[Arriving]:
    """Take a form with one file, of ``most`` bytes. Raises :class:`Broken`, :class:`TooBig` and what ``look`` does."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Broken
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        form = _Form()
        try:
            parser = MultipartParser(boundary, form.callbacks(), max_header_count=8, max_header_size=4096)
            size, seen, looked = 0, 0, False
            async for chunk in chunks:
                seen += len(chunk)
                if seen > most + _AROUND:
                    raise TooBig
                parser.write(chunk)
                size += len(form.came)
                if size > most:
                    raise TooBig
                if not looked and (size >= HEAD or form.is_whole):
                    await look(form.name, _head(kept, form))
                    looked = True
                if form.came:
                    await asyncio.to_thread(kept.write, bytes(form.came))
                    form.came.clear()
            parser.finalize()
        except FormParserError:
            raise Broken from None
        if not form.is_whole or not form.has_ended:
            raise Broken
        yield Arriving(form.fields, form.name, size, kept)


def _head(kept: IO[bytes], form: "_Form") -> bytes:
    """The first bytes, of which the first may have been written already."""
    kept.seek(0)
    return (kept.read(HEAD) + bytes(form.came[:HEAD]))[:HEAD]


@dataclass(slots=True)
class _Form:
    """What the parser has seen."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    #: Bytes of the file that are not written yet.
    came: bytearray = field(default_factory=bytearray)
    is_whole: bool = False
    has_ended: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _field: str = ""
    _is_file: bool = False
    _said: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _part(self) -> None:
        self._disposition, self._is_file = b"", False
        self._header.clear()
        self._value.clear()
        self._said.clear()

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode(errors="replace")
        self._is_file = b"filename" in options
        if not self._is_file:
            return
        if self.is_whole or self._field != "file":
            raise Broken
        self.name = options[b"filename"].decode(errors="replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.came.extend(data[start:end])
            return
        self._said.extend(data[start:end])
        if len(self._said) > _FIELD_LONGEST:
            raise Broken

    def _part_end(self) -> None:
        if self._is_file:
            self.is_whole = True
            return
        if len(self.fields) >= _MOST_FIELDS:
            raise Broken
        self.fields[self._field] = self._said.decode(errors="replace")

    def _end(self) -> None:
        self.has_ended = True
