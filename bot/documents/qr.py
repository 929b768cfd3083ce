"""A QR code by itself, for a screen that is scanned with another phone."""

import io

import segno

#: Dots a module: a code of an ordinary address is some 400 dots wide then.
_SCALE = 10


def draw_qr(address: str) -> bytes:
    """The code of an address as PNG, dark on light whatever the ground around it, as scanners want it.

    Level M, and four modules of light around it (ISO/IEC 18004). Raises :class:`segno.DataOverflowError` for an
    address of more than some 2.300 bytes.
    """
    out = io.BytesIO()
    segno.make_qr(address, error="m").save(out, kind="png", scale=_SCALE, border=4, dark="#13212b")
    return out.getvalue()
