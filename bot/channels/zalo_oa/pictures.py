"""Pictures small enough for Zalo, which takes a megabyte."""

import io

from PIL import Image

#: Bytes of a picture, with a little care.
PICTURE_LARGEST = 1_000_000

_SIDES = (2048, 1600, 1280, 1024, 800, 640)
_QUALITIES = (85, 70)


def fit(content: bytes) -> tuple[bytes, str, str]:
    """The picture as JPEG or PNG of at most a megabyte; its bytes, name and kind. Runs in a thread."""
    if len(content) <= PICTURE_LARGEST:
        if content.startswith(b"\x89PNG"):
            return content, "anh.png", "image/png"
        if content.startswith(b"\xff\xd8"):
            return content, "anh.jpg", "image/jpeg"
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    smallest = b""
    for side in _SIDES:
        picture.thumbnail((side, side))
        for quality in _QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            smallest = out.getvalue()
            if len(smallest) <= PICTURE_LARGEST:
                return smallest, "anh.jpg", "image/jpeg"
    return smallest, "anh.jpg", "image/jpeg"
