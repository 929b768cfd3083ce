"""Small pictures and papers for the demo's initiatives: a machine before and after, drawn by dice."""

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from bot.conversation.vocabulary import IncomingFile
from bot.media.store import MediaStore
from bot.services.initiatives.shapes import FileEntry

_SIZE = (480, 360)
_FLOOR = 300
_GROUNDS = ("#e8edf2", "#f3efe6", "#e6efe8", "#efe8f0", "#e9e9e9")
_MACHINES = ("#2f6690", "#3a7d44", "#8d5a97", "#b5651d", "#4f5d75")
_MARK = "#d1495b"


async def make(store: MediaStore, dice: random.Random, number: int) -> Sequence[FileEntry]:
    """Keep ``number`` drawings and one paper in the media store; gives them, the paper last.

    Takes transactions of its own, so it is not to be called inside one.
    """
    files = []
    for at in range(number):
        drawing = _drawing(dice)
        files.append(await _kept(store, f"anh-{at + 1}.jpg", _bytes(drawing, "JPEG")))
    files.append(await _kept(store, "ban-ve.pdf", _bytes(_drawing(dice), "PDF")))
    return files


async def _kept(store: MediaStore, name: str, content: bytes) -> FileEntry:
    kept = await store.take(IncomingFile("demo", name, is_picture=False), content)
    if kept.media_id is None:
        raise RuntimeError(f"{name} was not kept")
    return FileEntry(kept.media_id, kept.name, kept.is_picture)


def _bytes(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def _drawing(dice: random.Random) -> Image.Image:
    """A workshop's corner: the floor, a machine, and a red mark around what was changed."""
    picture = Image.new("RGB", _SIZE, dice.choice(_GROUNDS))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, _FLOOR, *_SIZE), fill="#8a8f98")
    left = dice.randint(30, 120)
    for _ in range(dice.randint(2, 4)):
        width, height = dice.randint(60, 110), dice.randint(70, 190)
        draw.rectangle(
            (left, _FLOOR - height, left + width, _FLOOR),
            fill=dice.choice(_MACHINES),
            outline="#222222",
            width=2,
        )
        radius = dice.randint(10, 22)
        middle = (left + width // 2, _FLOOR - height + radius + 12)
        draw.ellipse(_around(middle, radius), fill="#f7f7f2", outline="#222222", width=3)
        left += width + dice.randint(6, 24)
    draw.ellipse(_around((dice.randint(120, 380), dice.randint(140, 270)), 42), outline=_MARK, width=5)
    return picture


def _around(middle: tuple[int, int], radius: int) -> tuple[int, int, int, int]:
    x, y = middle
    return x - radius, y - radius, x + radius, y + radius
