"""A page that is laid out first and painted afterwards: text, bars, rings, lines and QR modules.

What stands where is known before a pixel is painted, so a page can grow with what is on it, can be painted in any
resolution, and a test can check that nothing clips or overlaps.
"""

import io
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"
#: The font has no glyph for it, so its box for a missing character is drawn.
UNKNOWN = "\ufffd"
#: Longer text is cut before it is measured; no line on a page comes near it.
LONGEST = 400

#: What the bundled fonts can write (see fonts/README.md).
_COVERED = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u017f\u0192\u01a0\u01a1\u01af\u01b0\u02c6-\u02dd\u1ea0-\u1ef9\u2010-\u2015\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2032\u2033\u2039\u203a\u2044\u20ab\u20ac\u2116\u2122\u2212\u2248\u2260\u2264\u2265]"
)
#: Pillow draws shapes without smoothing: they are drawn so much larger and shrunk.
_SMOOTH = 4

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Side = Literal["l", "m", "r"]


class Weight(StrEnum):
    """The weights that are bundled."""

    REGULAR = "Regular"
    SEMIBOLD = "SemiBold"
    BOLD = "Bold"


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of text on the page: its ink's box in page units, its size, its colour and what it stands on."""

    text: str
    box: Box
    size: int
    ink: str
    ground: str


@lru_cache(maxsize=128)
def _font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"BeVietnamPro-{weight}.ttf"), size)


def legible(text: str) -> str:
    """Any text as the fonts can write it.

    Composed (NFC), on one line, without control and direction marks. Look-alikes (full-width letters) become plain
    letters; anything else unknown (emoji, other scripts) becomes one box for each run, so that it stays visible that
    something was there.
    """
    text = _one_line(unicodedata.normalize("NFC", text[:LONGEST]))
    written: list[str] = []
    for char in text:
        for part in char if _COVERED.match(char) else unicodedata.normalize("NFKC", char):
            if _COVERED.match(part):
                written.append(part)
            elif unicodedata.category(part) not in {"Cc", "Cf", "Mn", "Me"} and written[-1:] != [UNKNOWN]:
                written.append(UNKNOWN)
    return _one_line("".join(written))


def _one_line(text: str) -> str:
    # A no-break space stays: it holds a number and its sign together.
    return re.sub(r"[^\S\u00a0]+", " ", text).strip()


def measure(text: str, weight: Weight, size: int) -> float:
    """The width of a line of legible text, in page units."""
    return _font(weight, size).getlength(text)


def shorten(text: str, weight: Weight, size: int, width: float) -> str:
    """Legible text cut to a width, with an ellipsis where something was cut."""
    if measure(text, weight, size) <= width:
        return text
    while text and measure(text + "…", weight, size) > width:
        text = text[:-1].rstrip()
    return text + "…"


def wrap(text: str, weight: Weight, size: int, width: float, lines: int) -> list[str]:
    """Text in at most so many lines of a width; the last one ends in an ellipsis when there was more."""
    wrapped: list[str] = []
    rest = legible(text)
    while rest and len(wrapped) < lines - 1:
        line, rest = _first_line(rest, weight, size, width)
        wrapped.append(line)
    if rest:
        wrapped.append(shorten(rest, weight, size, width))
    return wrapped


def _first_line(text: str, weight: Weight, size: int, width: float) -> tuple[str, str]:
    words = text.split(" ")
    taken = 0
    while taken < len(words) and measure(" ".join(words[: taken + 1]), weight, size) <= width:
        taken += 1
    if taken:
        return " ".join(words[:taken]), " ".join(words[taken:])
    # One word wider than the line is broken where the line ends.
    cut = 1
    while measure(text[: cut + 1], weight, size) <= width:
        cut += 1
    return text[:cut], text[cut:]


def balance(text: str, weight: Weight, size: int, width: float, lines: int) -> list[str]:
    """As :func:`wrap`, in lines of nearly the same length."""
    best = wrap(text, weight, size, width, lines)
    if len(best) < 2 or best[-1].endswith("…"):
        return best
    narrow, wide = width / len(best), width
    while wide - narrow > 4:
        middle = (narrow + wide) / 2
        tried = wrap(text, weight, size, middle, len(best))
        if "".join(tried).replace(" ", "") == "".join(best).replace(" ", ""):
            best, wide = tried, middle
        else:
            narrow = middle
    return best


def fitting(text: str, weight: Weight, size: int, least: int, width: float) -> int:
    """The largest size between ``least`` and ``size`` at which legible text fits a width; else ``least``."""
    while size > least and measure(text, weight, size) > width:
        size -= 2
    return max(size, least)


class Page:
    """A page being laid out. Lengths are page units: pixels when painted at scale 1."""

    def __init__(self, width: int, ground: str) -> None:
        """An empty page of a width and a colour; set ``height`` before painting."""
        self.width = width
        self.height = 0
        self.ground = ground
        #: Every line of text, as placed.
        self.texts: list[Placed] = []
        #: What no text may touch: bars, QR codes.
        self.solids: list[Box] = []
        #: What will be painted, in this order.
        self.strokes: list[Callable[[Image.Image, float], None]] = []

    def line(
        self,
        x: float,
        y: float,
        text: str,
        *,
        weight: Weight,
        size: int,
        ink: str,
        ground: str,
        side: Side = "l",
        width: float | None = None,
        least: int | None = None,
    ) -> None:
        """One line of text on the baseline ``y``, starting, centred or ending at ``x``.

        With a ``width``, it shrinks down to the size ``least`` to fit, and what still does not fit is cut.
        """
        text = legible(text)
        if width is not None:
            size = fitting(text, weight, size, least or size, width)
            text = shorten(text, weight, size, width)
        if not text:
            return
        left, top, right, bottom = _font(weight, size).getbbox(text, anchor=f"{side}s")
        self.texts.append(Placed(text, (x + left, y + top, x + right, y + bottom), size, ink, ground))

        def paint(image: Image.Image, scale: float) -> None:
            ImageDraw.Draw(image).text(
                (x * scale, y * scale),
                text,
                fill=ink,
                font=_font(weight, round(size * scale)),
                anchor=f"{side}s",
            )

        self.strokes.append(paint)

    def bar(
        self, box: Box, radius: float, colour: str, *, solid: bool = False, below: int | None = None
    ) -> None:
        """A filled box with round corners; ``solid`` when no text may touch it.

        ``below`` is the number of strokes it is painted after, for a card whose height is known last.
        """
        if solid:
            self.solids.append(box)
        radius = min(radius, (box[2] - box[0]) / 2, (box[3] - box[1]) / 2)

        def paint(image: Image.Image, scale: float) -> None:
            left, top, right, bottom = (round(edge * scale) for edge in box)
            corner = round(radius * scale)
            draw = ImageDraw.Draw(image)
            if right - left > 2 * corner:
                draw.rectangle((left + corner, top, right - corner - 1, bottom - 1), fill=colour)
            if bottom - top > 2 * corner:
                draw.rectangle((left, top + corner, right - 1, bottom - corner - 1), fill=colour)
            if corner:
                disc = _disc(corner)
                for x, cut_x in ((left, 0), (right - corner, corner)):
                    for y, cut_y in ((top, 0), (bottom - corner, corner)):
                        image.paste(colour, (x, y), disc.crop((cut_x, cut_y, cut_x + corner, cut_y + corner)))

        self.strokes.insert(len(self.strokes) if below is None else below, paint)

    def ring(self, x: float, y: float, radius: float, thick: float, part: float, colour: str) -> None:
        """A ring around (x, y) from the top clockwise, ``part`` of the whole (0 to 1), with round ends."""
        if part <= 0:
            return

        def draw(pen: ImageDraw.ImageDraw, at: Callable[[Point], Point], unit: float) -> None:
            (left, top), (right, bottom) = at((x - radius, y - radius)), at((x + radius, y + radius))
            if part >= 1:
                pen.ellipse((left, top, right, bottom), outline=255, width=round(thick * unit))
                return
            pen.arc((left, top, right, bottom), -90, -90 + 360 * part, fill=255, width=round(thick * unit))
            for end in (0.0, part):
                _dot(pen, at(around(x, y, radius - thick / 2, end)), thick / 2 * unit)

        self._smooth((x - radius, y - radius, x + radius, y + radius), colour, draw)

    def path(self, points: Sequence[Point], thick: float, colour: str, *, dash: float = 0) -> None:
        """A line through points, with round joints; with ``dash``, one of dashes of that length."""
        pieces = _dashes(points[0], points[-1], dash) if dash else [points]

        def draw(pen: ImageDraw.ImageDraw, at: Callable[[Point], Point], unit: float) -> None:
            for piece in pieces:
                spots = [at(point) for point in piece]
                pen.line(spots, fill=255, width=round(thick * unit), joint="curve")
                for end in (spots[0], spots[-1]):
                    _dot(pen, end, thick / 2 * unit)

        self._smooth(_around(points, thick), colour, draw)

    def area(self, points: Sequence[Point], colour: str) -> None:
        """A filled polygon."""

        def draw(pen: ImageDraw.ImageDraw, at: Callable[[Point], Point], _unit: float) -> None:
            pen.polygon([at(point) for point in points], fill=255)

        self._smooth(_around(points, 1), colour, draw)

    def modules(self, x: int, y: int, size: int, rows: Sequence[Sequence[int]], colour: str) -> None:
        """The dark modules of a QR code from (x, y), each ``size`` wide, never smoothed."""
        self.solids.append((x, y, x + size * len(rows[0]), y + size * len(rows)))

        def paint(image: Image.Image, scale: float) -> None:
            draw = ImageDraw.Draw(image)
            for row, cells in enumerate(rows):
                for column, dark in enumerate(cells):
                    if dark:
                        left, top = round((x + column * size) * scale), round((y + row * size) * scale)
                        right, bottom = (
                            round((x + (column + 1) * size) * scale),
                            round((y + (row + 1) * size) * scale),
                        )
                        draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

        self.strokes.append(paint)

    def paint(self, scale: float = 1) -> Image.Image:
        """The page as an image, ``scale`` pixels a unit."""
        image = Image.new("RGB", (round(self.width * scale), round(self.height * scale)), self.ground)
        for stroke in self.strokes:
            stroke(image, scale)
        return image

    def png(self, *, dpi: int | None = None) -> bytes:
        """The page as PNG, a pixel a unit."""
        out = io.BytesIO()
        if dpi:
            self.paint().save(out, "PNG", dpi=(dpi, dpi))
        else:
            self.paint().save(out, "PNG")
        return out.getvalue()

    def _smooth(
        self,
        box: Box,
        colour: str,
        draw: Callable[[ImageDraw.ImageDraw, Callable[[Point], Point], float], None],
    ) -> None:
        def paint(image: Image.Image, scale: float) -> None:
            left, top = int(box[0] * scale) - 1, int(box[1] * scale) - 1
            wide, high = int((box[2] - box[0]) * scale) + 4, int((box[3] - box[1]) * scale) + 4
            mask = Image.new("L", (wide * _SMOOTH, high * _SMOOTH))
            unit = scale * _SMOOTH

            def at(point: Point) -> Point:
                return point[0] * unit - left * _SMOOTH, point[1] * unit - top * _SMOOTH

            draw(ImageDraw.Draw(mask), at, unit)
            image.paste(colour, (left, top), mask.reduce(_SMOOTH))

        self.strokes.append(paint)


def around(x: float, y: float, radius: float, part: float) -> Point:
    """The point on a circle, ``part`` of the way round from the top, clockwise."""
    turn = 2 * math.pi * part
    return x + radius * math.sin(turn), y - radius * math.cos(turn)


def _dot(pen: ImageDraw.ImageDraw, at: Point, radius: float) -> None:
    pen.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=255)


def _around(points: Sequence[Point], thick: float) -> Box:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs) - thick, min(ys) - thick, max(xs) + thick, max(ys) + thick


def _dashes(start: Point, end: Point, dash: float) -> list[Sequence[Point]]:
    count = max(1, int(math.dist(start, end) / (2 * dash)))

    def along(part: float) -> Point:
        return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part

    return [(along(n / count), along((n + 0.5) / count)) for n in range(count)]


@lru_cache(maxsize=32)
def _disc(radius: int) -> Image.Image:
    mask = Image.new("L", (2 * radius * _SMOOTH, 2 * radius * _SMOOTH))
    ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=255)
    return mask.reduce(_SMOOTH)
