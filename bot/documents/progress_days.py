"""The part of the picture of progress that shows the count day by day, against a steady pace."""

from datetime import date, timedelta
from itertools import accumulate

from bot.documents.canvas import Point, Side, Weight, legible, measure
from bot.documents.progress_sheet import LEFT, RIGHT, SMALL, Sheet
from bot.documents.progress_view import ProgressView


class Days(Sheet):
    """The line of the days."""

    def draw(self, progress: ProgressView, top: int) -> int:
        """The count day by day against a steady pace from the first day to the last."""
        c, words = self.colours, self.words
        bottom = top + 560
        self.card(top, bottom)
        y = top + 76
        self.title(y, words.text("progress.days"))
        target = progress.target if progress.target and progress.target > 0 else None
        first = min(progress.starts or progress.days[0].day, progress.days[0].day)
        last = max(progress.ends or progress.days[-1].day, progress.days[-1].day, first + timedelta(days=1))
        before = max(progress.count - sum(day.count for day in progress.days), 0)
        counts = list(accumulate((day.count for day in progress.days), initial=before))
        step = _step(max([1, *counts, target or 0]))
        marks = range(0, max([1, *counts, target or 0]) + step, step)
        labels = [legible(words.number(mark)) for mark in marks]
        gutter = max(measure(label, Weight.REGULAR, SMALL) for label in labels) + 20
        left, right, high, low = LEFT + gutter, RIGHT, top + 196, bottom - 92

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
        x: float = LEFT
        keys = [("progress.days_done", c.accent, 7.0, 0.0)]
        if with_target:
            keys.append(("progress.days_even", c.even, 4.0, 9.0))
        for key, colour, thick, dash in keys:
            self.page.path([(x + 4, y - 10), (x + 52, y - 10)], thick, colour, dash=dash)
            text = legible(words.text(key))
            self.page.line(x + 68, y, text, weight=Weight.REGULAR, size=SMALL, ink=c.muted, ground=c.card)
            x += 68 + measure(text, Weight.REGULAR, SMALL) + 44


def _step(most: int) -> int:
    """The smallest round step that reaches ``most`` (1 or more) in at most four."""
    power = 1
    while True:
        for tenths in (10, 20, 25, 40, 50):
            step = power * tenths // 10
            if 4 * step >= most:
                return step
        power *= 10
