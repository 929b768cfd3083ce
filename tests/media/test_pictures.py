"""Pictures as phones, scanners and attackers make them: what is kept of them, and what they cost."""

import asyncio
import io
import os

import pytest
from PIL import Image

from bot.media.pictures import LONG_SIDE, Decoder, tidied


def picture(size: tuple[int, int], mode: str = "RGB", kind: str = "JPEG", **saved: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode in ("L", "P") else None).save(out, kind, **saved)
    return out.getvalue()


def opened(content: bytes | str) -> Image.Image:
    assert isinstance(content, bytes), content
    return Image.open(io.BytesIO(content))


def test_nothing_that_a_camera_or_a_program_wrote_into_it_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken upright
    exif[0x010F] = "Nokia 3310"
    content = picture((400, 200), exif=exif, comment=b"Nguyen Thi Nga", dpi=(300, 300))
    assert b"Nokia" in content
    assert b"Nguyen" in content

    kept = tidied(content)

    assert opened(kept).size == (200, 400)
    assert isinstance(kept, bytes)
    assert b"Nokia" not in kept
    assert b"Nguyen" not in kept


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "RGB"])
def test_every_mode_becomes_a_jpeg_of_useful_size(mode: str) -> None:
    found = opened(tidied(picture((3000, 1500), mode, "PNG")))
    assert (found.format, found.size) == ("JPEG", (LONG_SIDE, LONG_SIDE // 2))


def test_a_large_photo_is_decoded_at_a_part_of_its_size() -> None:
    assert opened(tidied(picture((12_000, 9_000), "L"))).size == (LONG_SIDE, LONG_SIDE * 3 // 4)


@pytest.mark.attack("A small picture unpacks to gigabytes")
def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    assert tidied(picture((12_000, 9_000), "1", "PNG")) == "files.too_big"
    assert tidied(picture((17_000, 17_000), "L")) == "files.too_big"


@pytest.mark.attack("A broken picture takes the bot down")
def test_what_is_no_picture_is_said_to_be_unreadable() -> None:
    whole = picture((300, 300))
    for content in (b"", b"\xff\xd8\xff", whole[:200], b"\x89PNG\r\n\x1a\n" + bytes(range(250))):
        assert tidied(content) == "files.unreadable"


def takes_the_process_down(content: bytes) -> bytes | str:
    if content == b"bomb":
        os._exit(9)
    return tidied(content)


def takes_too_much(_content: bytes) -> bytes | str:
    try:
        return bytes(bytearray(2 << 30))[:1]
    except MemoryError:
        return "files.too_big"


@pytest.mark.attack("Decoding a picture takes all memory of the machine")
async def test_decoding_may_have_so_much_memory_and_no_more() -> None:
    assert await Decoder(takes_too_much).tidied(b"") == "files.too_big"


@pytest.mark.attack("One picture kills the decoding of all others")
async def test_one_that_takes_its_process_down_stops_no_other() -> None:
    decoder = Decoder(takes_the_process_down)
    assert await decoder.tidied(b"bomb") == "files.unreadable"
    good = await asyncio.gather(*(decoder.tidied(picture((50, 50))) for _ in range(4)))
    assert [opened(one).size for one in good] == [(50, 50)] * 4
