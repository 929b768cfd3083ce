"""The poster for a workshop's wall: a QR code and a join code that lead to one unit, on A4."""

import io
import re
from dataclasses import dataclass
from typing import Literal

import segno

from bot.documents.canvas import Page, Weight, balance, fitting, legible
from bot.documents.words import PictureWords

#: A4 upright at 200 dots an inch.
WIDTH, HEIGHT = 1654, 2339
DPI = 200
#: Print shops and office printers: half as fine again.
_PDF_SCALE = 1.5

_MARGIN = 120
_INNER = WIDTH - 2 * _MARGIN
_MIDDLE = WIDTH / 2
_QR_ROOM = 900
#: ISO/IEC 18004: four modules of light around the code.
_QUIET = 4

_PAPER = "#ffffff"
_INK = "#13212b"
_MUTED = "#4f5f6b"
_ACCENT = "#0b6272"
_SOFT = "#e3f0f2"


@dataclass(frozen=True, slots=True)
class PosterView:
    """The unit's name, the address that the QR code opens, and the code to type where scanning fails."""

    unit_name: str
    url: str
    join_code: str
    #: The messengers on which the code can be written to the bot, in words; empty when there are none.
    messengers: str = ""


def draw_poster(poster: PosterView, *, format: Literal["png", "pdf"], words: PictureWords) -> bytes:  # noqa: A002 - named as for the person who orders it
    """The poster on A4: PNG at 200 dots an inch, or PDF at 300.

    Raises :class:`segno.DataOverflowError` for an address of more than some 1.600 bytes.
    """
    page = lay_out_poster(poster, words=words)
    if format == "png":
        return page.png(dpi=DPI)
    out = io.BytesIO()
    # Without dates, so that the same poster is the same file.
    page.paint(_PDF_SCALE).save(
        out,
        "PDF",
        resolution=DPI * _PDF_SCALE,
        quality=92,
        subsampling=0,
        title=legible(poster.unit_name),
        creationDate=None,
        modDate=None,
    )
    return out.getvalue()


def lay_out_poster(poster: PosterView, *, words: PictureWords) -> Page:
    """The page that :func:`draw_poster` paints."""
    page = Page(WIDTH, _PAPER)
    page.height = HEIGHT
    _head(page, poster.unit_name, words)
    _code(page, poster.url)
    _steps(page, words)
    _without_scanning(page, poster, words)
    return page


def _head(page: Page, unit_name: str, words: PictureWords) -> None:
    page.bar((0, 0, WIDTH, 640), 0, _ACCENT)
    size = fitting(legible(unit_name), Weight.SEMIBOLD, 84, 66, _INNER)
    lines = balance(unit_name, Weight.SEMIBOLD, size, _INNER, 2)
    call = words.text("poster.call").split("\n")
    step = round(size * 1.3)
    y = (640 - len(lines) * step - 30 - len(call) * 150) / 2 - 20
    for line in lines:
        y += step
        page.line(_MIDDLE, y, line, weight=Weight.SEMIBOLD, size=size, ink=_PAPER, ground=_ACCENT, side="m")
    y += 30
    for line in call:
        y += 150
        page.line(
            _MIDDLE,
            y,
            line,
            weight=Weight.BOLD,
            size=116,
            ink=_PAPER,
            ground=_ACCENT,
            side="m",
            width=_INNER,
            least=72,
        )


def _code(page: Page, url: str) -> None:
    # Level Q still reads with a quarter of the code dirty or torn.
    rows = [list(row) for row in segno.make_qr(url, error="q").matrix]
    # Even, so that a module is whole dots at both resolutions.
    module = _QR_ROOM // (len(rows) + 2 * _QUIET) // 2 * 2
    wide = module * len(rows)
    frame = wide + 2 * _QUIET * module
    top = 640 + (980 - frame) // 2
    left = (WIDTH - frame) // 2
    for edge, corner, colour in ((26, 40, _ACCENT), (12, 28, _PAPER)):
        page.bar((left - edge, top - edge, left + frame + edge, top + frame + edge), corner, colour)
    page.modules(left + _QUIET * module, top + _QUIET * module, module, rows, _INK)


def _steps(page: Page, words: PictureWords) -> None:
    gap = 48
    column = (_INNER - 2 * gap) / 3
    for number, key in enumerate(("scan", "tell", "follow")):
        x = _MARGIN + number * (column + gap) + column / 2
        page.bar((x - 44, 1606, x + 44, 1694), 44, _ACCENT)
        page.line(
            x,
            1668,
            words.number(number + 1),
            weight=Weight.BOLD,
            size=52,
            ink=_PAPER,
            ground=_ACCENT,
            side="m",
        )
        title = words.text(f"poster.{key}")
        page.line(
            x,
            1768,
            title,
            weight=Weight.BOLD,
            size=48,
            ink=_INK,
            ground=_PAPER,
            side="m",
            width=column,
            least=36,
        )
        y = 1780
        for line in balance(words.text(f"poster.{key}_how"), Weight.REGULAR, 34, column, 3):
            y += 46
            page.line(x, y, line, weight=Weight.REGULAR, size=34, ink=_MUTED, ground=_PAPER, side="m")


def _without_scanning(page: Page, poster: PosterView, words: PictureWords) -> None:
    page.bar((_MARGIN, 1944, WIDTH - _MARGIN, 2270), 40, _SOFT)
    room = _INNER - 120
    where = legible(poster.messengers)
    text = words.text("poster.no_scan_write", where=where) if where else words.text("poster.no_scan")
    page.line(
        _MIDDLE,
        2008,
        text,
        weight=Weight.REGULAR,
        size=38,
        ink=_INK,
        ground=_SOFT,
        side="m",
        width=room,
        least=30,
    )
    page.line(
        _MIDDLE,
        2150,
        poster.join_code,
        weight=Weight.BOLD,
        size=120,
        ink=_ACCENT,
        ground=_SOFT,
        side="m",
        width=room,
        least=48,
    )
    page.line(
        _MIDDLE,
        2228,
        re.sub("^https?://", "", poster.url),
        weight=Weight.REGULAR,
        size=34,
        ink=_INK,
        ground=_SOFT,
        side="m",
        width=room,
        least=26,
    )
