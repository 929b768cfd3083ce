"""The picture of a unit's progress, for a phone: how far, what pace is needed, and the units below it."""

import math

from bot.documents.canvas import Page, Weight, balance, fitting, legible, measure, wrap
from bot.documents.progress_days import Days
from bot.documents.progress_rows import Rows
from bot.documents.progress_sheet import DARK, LEFT, LIGHT, RIGHT, SMALL, WIDTH, Sheet
from bot.documents.progress_view import ProgressRow, ProgressView
from bot.documents.words import PictureWords, needed_a_day

#: A square at least; the page grows as its rows need, to a phone held upright and beyond.
LEAST_HEIGHT = 1080
_GAP = 28


def draw_progress(progress: ProgressView, *, words: PictureWords, dark: bool = False) -> bytes:
    """The progress as PNG, 1080 pixels wide and at least 1080 high. Takes some 100 ms: call it in a thread."""
    return lay_out_progress(progress, words=words, dark=dark).png()


def lay_out_progress(progress: ProgressView, *, words: PictureWords, dark: bool = False) -> Page:
    """The page that :func:`draw_progress` paints."""
    colours = DARK if dark else LIGHT
    page = Page(WIDTH, colours.ground)
    frame = _Frame(page, colours, words)
    y = frame.head(progress)
    y = frame.hero(progress, y)
    if progress.rows:
        y = Rows(page, colours, words).draw(progress.rows, y + _GAP)
    if progress.days:
        y = Days(page, colours, words).draw(progress, y + _GAP)
    frame.foot(progress, max(y, LEAST_HEIGHT - 90))
    return page


class _Frame(Sheet):
    """What every picture has: the name at the top, the figures below it, and the foot."""

    def head(self, progress: ProgressView) -> int:
        """The unit's name and the phase."""
        c, words = self.colours, self.words
        y = 44
        size = fitting(legible(progress.unit_name), Weight.BOLD, 60, 50, RIGHT - LEFT)
        for line in balance(progress.unit_name, Weight.BOLD, size, RIGHT - LEFT, 3):
            y += round(size * 1.3)
            self.page.line(LEFT, y, line, weight=Weight.BOLD, size=size, ink=c.ink, ground=c.ground)
        y += 16
        phase = progress.phase_name
        if progress.starts and progress.ends:
            starts, ends = words.date(progress.starts), words.date(progress.ends)
            phase = words.text("progress.phase_days", phase=phase, starts=starts, ends=ends)
        for line in wrap(phase, Weight.REGULAR, 34, RIGHT - LEFT, 2):
            y += 50
            self.page.line(LEFT, y, line, weight=Weight.REGULAR, size=34, ink=c.muted, ground=c.ground)
        return y + 42

    def hero(self, progress: ProgressView, top: int) -> int:
        """The count as a ring and in figures, and below it the pace, the benefit and the share of a member."""
        c, words = self.colours, self.words
        tiles = self._tiles(progress)
        part = ProgressRow("", progress.count, progress.target).part
        ringed = 448 if part is not None else 330
        bottom = top + ringed + (164 if tiles else 0)
        self.card(top, bottom)
        x = LEFT
        if part is not None:
            self._ring(part, top + ringed / 2)
            x = LEFT + 412
        width = RIGHT - x
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
        x = LEFT + radius
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
        self.page.bar((LEFT, top, RIGHT, top + 2), 0, c.track)
        # A sum of money is longer than the other two figures, so the columns are as wide as their words.
        room = (RIGHT - LEFT) - 32 * (len(tiles) - 1)
        wants = [
            max(measure(legible(value), Weight.BOLD, 42), measure(legible(label), Weight.REGULAR, SMALL))
            for value, label in tiles
        ]
        spare = room - sum(wants)
        widths = [want + spare / len(wants) if spare >= 0 else room * want / sum(wants) for want in wants]
        x: float = LEFT
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

    def foot(self, progress: ProgressView, top: float) -> None:
        """When the figures were taken; sets the page's height."""
        c, words = self.colours, self.words
        text = words.text("progress.as_of", moment=words.moment(progress.as_of))
        self.page.line(LEFT, top + 54, text, weight=Weight.REGULAR, size=SMALL, ink=c.muted, ground=c.ground)
        self.page.height = math.ceil(top + 90)
