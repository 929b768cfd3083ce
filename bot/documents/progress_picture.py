"""The picture of a unit's progress, for a phone: how far, what pace is needed, and the units below it."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from bot.documents.canvas import Page, Point, Side, Weight, balance, fitting, legible, measure, shorten, wrap
from bot.documents.words import PictureWords, needed_a_day

WIDTH = 1080
#: A square at least; the page grows as its rows need, to a phone held upright and beyond.
LEAST_HEIGHT = 1080
MOST_ROWS = 12
#: Nothing smaller can be read on a phone, where 1080 units are some 7 cm.
SMALL = 28

_MARGIN = 40
_PAD = 44
_LEFT = _MARGIN + _PAD
_RIGHT = WIDTH - _LEFT
_GAP = 28
#: How far past its target a bar is drawn; a longer one is shown broken off.
_MOST_PART = 1.3


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A unit right below: what counts there, and its target (None or 0: none was given)."""

    name: str
    count: int
    target: int | None

    @property
    def part(self) -> float | None:
        """Count by target."""
        return self.count / self.target if self.target and self.target > 0 else None


@dataclass(frozen=True, slots=True)
class DayPoint:
    """How many initiatives began to count on one day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What the picture shows. ``as_of`` is in the unit's zone; ``rows`` stand in the order given.

    ``pace_needed`` is initiatives a day from today on, None where there is no target or no day left.
    ``days`` are the counts of single days in order; what they lack of ``count`` was there before them.
    """

    unit_name: str
    phase_name: str
    as_of: datetime
    count: int
    target: int | None
    pace_needed: float | None
    per_member: float | None
    benefit_vnd: int
    rows: tuple[ProgressRow, ...]
    days: tuple[DayPoint, ...] = ()
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class _Colours:
    ground: str
    card: str
    ink: str
    muted: str
    accent: str
    reached: str
    track: str
    soft: str
    even: str


_LIGHT = _Colours(
    ground="#eef2f4",
    card="#ffffff",
    ink="#13212b",
    muted="#4f5f6b",
    accent="#0b7285",
    reached="#2a7a3c",
    track="#d3dde4",
    soft="#dff0f2",
    even="#a8500b",
)
_DARK = _Colours(
    ground="#0d151b",
    card="#17222b",
    ink="#eef3f6",
    muted="#a9b7c2",
    accent="#4fc4d6",
    reached="#74d18e",
    track="#33444f",
    soft="#1b3943",
    even="#f0b35a",
)


def draw_progress(progress: ProgressView, *, words: PictureWords, dark: bool = False) -> bytes:
    """The progress as PNG, 1080 pixels wide and at least 1080 high. Takes some 100 ms: call it in a thread."""
    return lay_out_progress(progress, words=words, dark=dark).png()


def lay_out_progress(progress: ProgressView, *, words: PictureWords, dark: bool = False) -> Page:
    """The page that :func:`draw_progress` paints."""
    colours = _DARK if dark else _LIGHT
    page = Page(WIDTH, colours.ground)
    drawing = _Drawing(page, colours, words)
    y = drawing.head(progress)
    y = drawing.hero(progress, y)
    if progress.rows:
        y = drawing.rows(progress.rows, y + _GAP)
    if progress.days:
        y = drawing.days(progress, y + _GAP)
    drawing.foot(progress, max(y, LEAST_HEIGHT - 90))
    return page


class _Drawing:
    """The parts of the page from top to bottom; each takes its top and returns its bottom."""

    def __init__(self, page: Page, colours: _Colours, words: PictureWords) -> None:
        self.page = page
        self.colours = colours
        self.words = words

    def head(self, progress: ProgressView) -> int:
        """The unit's name and the phase."""
        c, words = self.colours, self.words
        y = 44
        size = fitting(legible(progress.unit_name), Weight.BOLD, 60, 50, _RIGHT - _LEFT)
        for line in balance(progress.unit_name, Weight.BOLD, size, _RIGHT - _LEFT, 3):
            y += round(size * 1.3)
            self.page.line(_LEFT, y, line, weight=Weight.BOLD, size=size, ink=c.ink, ground=c.ground)
        y += 16
        phase = progress.phase_name
        if progress.starts and progress.ends:
            starts, ends = words.date(progress.starts), words.date(progress.ends)
            phase = words.text("progress.phase_days", phase=phase, starts=starts, ends=ends)
        for line in wrap(phase, Weight.REGULAR, 34, _RIGHT - _LEFT, 2):
            y += 50
            self.page.line(_LEFT, y, line, weight=Weight.REGULAR, size=34, ink=c.muted, ground=c.ground)
        return y + 42

    def hero(self, progress: ProgressView, top: int) -> int:
        """The count as a ring and in figures, and below it the pace, the benefit and the share of a member."""
        c, words = self.colours, self.words
        tiles = self._tiles(progress)
        part = ProgressRow("", progress.count, progress.target).part
        ringed = 448 if part is not None else 330
        bottom = top + ringed + (164 if tiles else 0)
        self._card(top, bottom)
        x = _LEFT
        if part is not None:
            self._ring(part, top + ringed / 2)
            x = _LEFT + 412
        width = _RIGHT - x
        count = legible(words.number(progress.count))
        lines = [
            (114, count, Weight.BOLD, 116, c.ink),
            (56, words.text("progress.initiatives"), Weight.SEMIBOLD, 38, c.ink),
            *self._against_target(progress, part),
        ]
        y = top + (ringed - sum(step for step, *_ in lines)) / 2 - 8
        for step, text, weight, size, ink in lines:
            y += step
            self.page.line(
                x, y, text, weight=weight, size=size, ink=ink, ground=c.card, width=width, least=SMALL
            )
        self._tile_row(tiles, top + ringed)
        return bottom

    def _against_target(
        self, progress: ProgressView, part: float | None
    ) -> list[tuple[int, str, Weight, int, str]]:
        c, words = self.colours, self.words
        if part is None or not progress.target:
            return [(60, words.text("progress.no_target"), Weight.REGULAR, 34, c.muted)]
        over = progress.count - progress.target
        if over < 0:
            outcome, ink = words.text("progress.left", left=words.number(-over)), c.accent
        elif over:
            outcome, ink = words.text("progress.over", over=words.number(over)), c.reached
        else:
            outcome, ink = words.text("progress.reached"), c.reached
        target = words.text("progress.target", target=words.number(progress.target))
        return [(64, target, Weight.REGULAR, 34, c.muted), (54, outcome, Weight.SEMIBOLD, 34, ink)]

    def _ring(self, part: float, y: float) -> None:
        c, words = self.colours, self.words
        radius, thick = 176, 32
        x = _LEFT + radius
        colour = c.reached if part >= 1 else c.accent
        self.page.ring(x, y, radius, thick, 1, c.track)
        self.page.ring(x, y, radius, thick, min(part, 1), colour)
        room = 2 * (radius - thick) - 60
        self.page.line(
            x,
            y + 14,
            words.percent(part),
            weight=Weight.BOLD,
            size=80,
            ink=c.ink,
            ground=c.card,
            side="m",
            width=room,
            least=SMALL,
        )
        label = words.text("progress.of_target")
        self.page.line(x, y + 66, label, weight=Weight.REGULAR, size=30, ink=c.muted, ground=c.card, side="m")

    def _tiles(self, progress: ProgressView) -> list[tuple[str, str]]:
        words = self.words
        tiles = []
        if progress.pace_needed:
            tiles.append((words.number(needed_a_day(progress.pace_needed)), words.text("progress.pace")))
        if progress.benefit_vnd > 0:
            tiles.append((words.money(progress.benefit_vnd), words.text("progress.benefit")))
        if progress.per_member is not None:
            tiles.append((words.number(round(progress.per_member, 2)), words.text("progress.per_member")))
        return tiles

    def _tile_row(self, tiles: list[tuple[str, str]], top: float) -> None:
        if not tiles:
            return
        c = self.colours
        self.page.bar((_LEFT, top, _RIGHT, top + 2), 0, c.track)
        # A sum of money is longer than the other two figures, so the columns are as wide as their words.
        room = (_RIGHT - _LEFT) - 32 * (len(tiles) - 1)
        wants = [
            max(measure(legible(value), Weight.BOLD, 42), measure(legible(label), Weight.REGULAR, SMALL))
            for value, label in tiles
        ]
        spare = room - sum(wants)
        widths = [want + spare / len(wants) if spare >= 0 else room * want / sum(wants) for want in wants]
        x: float = _LEFT
        for (value, label), width in zip(tiles, widths, strict=True):
            self.page.line(
                x,
                top + 74,
                value,
                weight=Weight.BOLD,
                size=42,
                ink=c.ink,
                ground=c.card,
                width=width,
                least=SMALL,
            )
            self.page.line(
                x,
                top + 120,
                label,
                weight=Weight.REGULAR,
                size=SMALL,
                ink=c.muted,
                ground=c.card,
                width=width,
            )
            x += width + 32

    def rows(self, rows: tuple[ProgressRow, ...], top: int) -> int:
        """Done against target of the units below, as bars."""
        c, words = self.colours, self.words
        card_at = len(self.page.strokes)
        y: float = top + 76
        self._title(y, words.text("progress.rows"))
        if any(row.part is not None for row in rows):
            self.page.line(
                _RIGHT,
                y,
                words.text("progress.rows_key"),
                weight=Weight.REGULAR,
                size=SMALL,
                ink=c.muted,
                ground=c.card,
                side="r",
            )
        shown = rows[:MOST_ROWS]
        # Where nobody has a target, the bars compare the counts.
        parts = [row.part for row in shown]
        most = max((row.count for row in shown), default=0)
        untargeted = all(part is None for part in parts)
        if untargeted:
            parts = [max(row.count, 0) / most if most > 0 else 0.0 for row in shown]
        notes = [self._note(row, alone=untargeted) for row in shown]
        wide = [measure(note, Weight.BOLD if untargeted else Weight.REGULAR, SMALL) for note in notes]
        aside = max(
            width for width, row in zip(wide, shown, strict=True) if untargeted or row.part is not None
        )
        axis = min(max([1.0, *(part for part in parts if part is not None)]), _MOST_PART)
        y += 24
        for row, part, note, width in zip(shown, parts, notes, wide, strict=True):
            y = self._row(row, y, note)
            room = _RIGHT - _LEFT - 28
            if part is None:
                # No target is not the same as nothing done.
                end = _LEFT + min((room - aside) / axis, room - width)
                self.page.path([(_LEFT + 3, y - 36), (end, y - 36)], 4, c.track, dash=7)
            else:
                self._bar(row, part, axis, y - 46, room - aside)
        if more := len(rows) - len(shown):
            y += 50
            text = words.text("progress.more", n=more)
            self.page.line(_LEFT, y, text, weight=Weight.SEMIBOLD, size=30, ink=c.muted, ground=c.card)
        bottom = round(y + 44)
        self._card(top, bottom, below=card_at)
        return bottom

    def _note(self, row: ProgressRow, *, alone: bool) -> str:
        words = self.words
        if row.target and row.part is not None:
            text = words.text("progress.row", count=words.number(row.count), target=words.number(row.target))
        elif alone:
            text = words.number(row.count)
        else:
            text = words.text("progress.no_target")
        return shorten(legible(text), Weight.REGULAR, SMALL, 360)

    def _row(self, row: ProgressRow, top: float, note: str) -> float:
        c, words = self.colours, self.words
        y = top
        head = "" if note == words.number(row.count) else words.number(row.count)
        if row.part is not None:
            head = words.percent(row.part)
        head = legible(head)
        size = fitting(head, Weight.BOLD, 34, SMALL, 240)
        head = shorten(head, Weight.BOLD, size, 240)
        room = _RIGHT - _LEFT - max(measure(head, Weight.BOLD, size), 120) - 32
        for number, line in enumerate(balance(row.name, Weight.SEMIBOLD, 31, room, 2) or [" "]):
            y += 46 if number == 0 else 42
            self.page.line(_LEFT, y, line, weight=Weight.SEMIBOLD, size=31, ink=c.ink, ground=c.card)
        ink = c.reached if row.part is not None and row.part >= 1 else c.ink
        self.page.line(_RIGHT, y, head, weight=Weight.BOLD, size=size, ink=ink, ground=c.card, side="r")
        y += 42
        weight, ink = (Weight.REGULAR, c.muted) if head else (Weight.BOLD, c.ink)
        self.page.line(_RIGHT, y, note, weight=weight, size=SMALL, ink=ink, ground=c.card, side="r")
        return y + 26

    def _bar(self, row: ProgressRow, part: float, axis: float, top: float, width: float) -> None:
        c = self.colours
        high = 20
        full = width / axis
        reached = row.part is not None and row.part >= 1
        self.page.bar((_LEFT, top, _LEFT + full, top + high), high / 2, c.track, solid=True)
        if part <= 0:
            return
        # Even the first initiative is seen.
        end = _LEFT + max(min(part, axis) * full, high)
        self.page.bar((_LEFT, top, end, top + high), high / 2, c.reached if reached else c.accent, solid=True)
        if part > 1:
            self.page.bar((_LEFT + full - 2, top, _LEFT + full + 2, top + high), 0, c.card)
        if part > axis:
            for x in (end - 44, end - 30):
                self.page.path([(x, top + high + 2), (x + 10, top - 2)], 5, c.card)

    def days(self, progress: ProgressView, top: int) -> int:
        """The count day by day against a steady pace from the first day to the last."""
        c, words = self.colours, self.words
        bottom = top + 560
        self._card(top, bottom)
        y = top + 76
        self._title(y, words.text("progress.days"))
        target = progress.target if progress.target and progress.target > 0 else None
        first = min(progress.starts or progress.days[0].day, progress.days[0].day)
        last = max(progress.ends or progress.days[-1].day, progress.days[-1].day, first + timedelta(days=1))
        before = max(progress.count - sum(day.count for day in progress.days), 0)
        counts = list(accumulate((day.count for day in progress.days), initial=before))
        step = _step(max([1, *counts, target or 0]))
        marks = range(0, max([1, *counts, target or 0]) + step, step)
        labels = [legible(words.number(mark)) for mark in marks]
        gutter = max(measure(label, Weight.REGULAR, SMALL) for label in labels) + 20
        left, right, high, low = _LEFT + gutter, _RIGHT, top + 196, bottom - 92

        def at(day: date, count: float) -> Point:
            across = (day - first) / (last - first)
            return left + (right - left) * across, low - (low - high) * max(count, 0) / marks[-1]

        self._keys(y + 56, with_target=target is not None)
        for mark, label in zip(marks, labels, strict=True):
            _, line = at(first, mark)
            self.page.bar((left, line, right, line + 2), 0, c.track)
            self.page.line(
                left - 20,
                line + 10,
                label,
                weight=Weight.REGULAR,
                size=SMALL,
                ink=c.muted,
                ground=c.card,
                side="r",
            )
        points = [at(first, before)]
        count = before
        for day, so_far in zip(progress.days, counts[1:], strict=True):
            # A day without an initiative has no point of its own: the line stays level until the next one.
            points.append(at(max(day.day - timedelta(days=1), first), count))
            points.append(at(day.day, so_far))
            count = so_far
        points.append(at(max(progress.days[-1].day, min(progress.as_of.date(), last)), count))
        self.page.area([(points[0][0], low), *points, (points[-1][0], low)], c.soft)
        self.page.bar((left, low, right, low + 3), 0, c.muted)
        if target is not None:
            self.page.path([at(first, 0), at(last, target)], 4, c.even, dash=12)
        self.page.path(points, 7, c.accent)
        x, end_y = points[-1]
        self.page.ring(x, end_y, 13, 13, 1, c.card)
        self.page.ring(x, end_y, 10, 10, 1, c.accent)
        self._day(left, low + 48, first, "l")
        self._day(right, low + 48, last, "r")
        return bottom

    def _day(self, x: float, y: float, day: date, side: Side) -> None:
        text, c = self.words.date(day), self.colours
        self.page.line(x, y, text, weight=Weight.REGULAR, size=SMALL, ink=c.muted, ground=c.card, side=side)

    def _keys(self, y: float, *, with_target: bool) -> None:
        c, words = self.colours, self.words
        x: float = _LEFT
        keys = [("progress.days_done", c.accent, 7.0, 0.0)]
        if with_target:
            keys.append(("progress.days_even", c.even, 4.0, 9.0))
        for key, colour, thick, dash in keys:
            self.page.path([(x + 4, y - 10), (x + 52, y - 10)], thick, colour, dash=dash)
            text = legible(words.text(key))
            self.page.line(x + 68, y, text, weight=Weight.REGULAR, size=SMALL, ink=c.muted, ground=c.card)
            x += 68 + measure(text, Weight.REGULAR, SMALL) + 44

    def foot(self, progress: ProgressView, top: float) -> None:
        """When the figures were taken; sets the page's height."""
        c, words = self.colours, self.words
        text = words.text("progress.as_of", moment=words.moment(progress.as_of))
        self.page.line(_LEFT, top + 54, text, weight=Weight.REGULAR, size=SMALL, ink=c.muted, ground=c.ground)
        self.page.height = math.ceil(top + 90)

    def _title(self, y: float, text: str) -> None:
        c = self.colours
        self.page.line(_LEFT, y, text, weight=Weight.BOLD, size=38, ink=c.ink, ground=c.card)

    def _card(self, top: float, bottom: float, *, below: int | None = None) -> None:
        self.page.bar((_MARGIN, top, WIDTH - _MARGIN, bottom), 36, self.colours.card, below=below)


def _step(most: int) -> int:
    """The smallest round step that reaches ``most`` (1 or more) in at most four."""
    power = 1
    while True:
        for tenths in (10, 20, 25, 40, 50):
            step = power * tenths // 10
            if 4 * step >= most:
                return step
        power *= 10
