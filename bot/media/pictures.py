"""A picture as it is kept: upright, not larger than useful, without what a camera writes into it.

It is decoded in a process of its own, which may have so much memory and no more: a small file can unpack to gigabytes.
"""

import asyncio
import io
import os
import signal
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The long side of a picture that is kept: enough to read a drawing, small enough for a phone's data.
LONG_SIDE = 2560
#: As many pixels are decoded. A phone's largest JPEG has far more, and is decoded at a part of its size.
_PIXELS = 30_000_000
_PIXELS_OF_A_JPEG = 250_000_000
#: What a decoding process may take, its libraries included, in bytes.
_MEMORY = 1 << 30
#: So many pictures are decoded at a time, on however many processors.
_AT_ONCE = 2

#: Why a picture cannot be kept: the sentence's key.
Problem = str


class Decoder:
    """The decoding processes. They are begun with the first picture, and anew when one has died."""

    def __init__(self, tidy: "Callable[[bytes], bytes | Problem] | None" = None) -> None:
        """``tidy``: what they do; it has to be a function of a module."""
        self._tidy = tidy or tidied
        self._pool: ProcessPoolExecutor | None = None

    async def tidied(self, content: bytes) -> bytes | Problem:
        """As :func:`tidied`. A picture that takes the process down with it cannot be read, and stops no other one."""
        for _ in range(2):
            pool = self._pool = self._pool or ProcessPoolExecutor(
                _AT_ONCE, mp_context=get_context("spawn"), initializer=_bounded, initargs=(_MEMORY,)
            )
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, self._tidy, content)
            except BrokenProcessPool:
                # It may have been the other picture's fault: once more, in a new one.
                if self._pool is pool:
                    self._pool = None
                pool.shutdown(wait=False)
        return "files.unreadable"


def _bounded(memory: int) -> None:
    """What a decoding process begins with: bounds, where the system knows them; and it goes when the bot goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_ends_with_its_parent, daemon=True).start()
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _ends_with_its_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def tidied(content: bytes) -> bytes | Problem:
    """A picture as JPEG; or why there is none."""
    try:
        with warnings.catch_warnings():
            # Pixels are counted here, by what is decoded rather than by what the file says.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as opened:
                return _kept(opened)
    except MemoryError:
        return "files.too_big"
    except Image.DecompressionBombError:
        return "files.too_big"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, EOFError):
        return "files.unreadable"


def _kept(opened: Image.Image) -> bytes | Problem:
    if opened.format == "JPEG" and opened.width * opened.height <= _PIXELS_OF_A_JPEG:
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
    if opened.width * opened.height > _PIXELS:
        return "files.too_big"
    picture: Image.Image = opened
    if picture.mode in ("P", "PA", "LA", "1"):
        picture = picture.convert("RGBA")
    picture.thumbnail((LONG_SIDE, LONG_SIDE))
    picture = ImageOps.exif_transpose(picture)
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    picture = picture.convert("RGB")
    # Neither where it was taken, nor by which phone, nor what somebody wrote into it.
    picture.info = {}
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
