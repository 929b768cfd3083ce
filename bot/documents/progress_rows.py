"""The part of the picture of progress that compares the units below: a bar each, done against target."""

from bot.documents.canvas import Weight, balance, fitting, legible, measure, shorten
from bot.documents.progress_sheet import LEFT, RIGHT, SMALL, Sheet
from bot.documents.progress_view import ProgressRow

MOST_ROWS = 12
#: How far past its target a bar is drawn; a longer one is shown broken off.
_MOST_PART = 1.3


class Rows(Sheet):
    """The units below as bars."""

    def draw(self, rows: tuple[ProgressRow, ...], top: int) -> int:
        """Done against target of the units below, as bars."""
        c, words = self.colours, self.words
        card_at = len(self.page.strokes)
        y: float = top + 76
        self.title(y, words.text("progress.rows"))
        if any(row.part is not None for row in rows):
            self.page.line(
                RIGHT,
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
            room = RIGHT - LEFT - 28
            if part is None:
                # No target is not the same as nothing done.
                end = LEFT + min((room - aside) / axis, room - width)
                self.page.path([(LEFT + 3, y - 36), (end, y - 36)], 4, c.track, dash=7)
            else:
                self._bar(row, part, axis, y - 46, room - aside)
        if more := len(rows) - len(shown):
            y += 50
            text = words.text("progress.more", n=more)
            self.page.line(LEFT, y, text, weight=Weight.SEMIBOLD, size=30, ink=c.muted, ground=c.card)
        bottom = round(y + 44)
        self.card(top, bottom, below=card_at)
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
        room = RIGHT - LEFT - max(measure(head, Weight.BOLD, size), 120) - 32
        for number, line in enumerate(balance(row.name, Weight.SEMIBOLD, 31, room, 2) or [" "]):
            y += 46 if number == 0 else 42
            self.page.line(LEFT, y, line, weight=Weight.SEMIBOLD, size=31, ink=c.ink, ground=c.card)
        ink = c.reached if row.part is not None and row.part >= 1 else c.ink
        self.page.line(RIGHT, y, head, weight=Weight.BOLD, size=size, ink=ink, ground=c.card, side="r")
        y += 42
        weight, ink = (Weight.REGULAR, c.muted) if head else (Weight.BOLD, c.ink)
        self.page.line(RIGHT, y, note, weight=weight, size=SMALL, ink=ink, ground=c.card, side="r")
        return y + 26

    def _bar(self, row: ProgressRow, part: float, axis: float, top: float, width: float) -> None:
        c = self.colours
        high = 20
        full = width / axis
        reached = row.part is not None and row.part >= 1
        self.page.bar((LEFT, top, LEFT + full, top + high), high / 2, c.track, solid=True)
        if part <= 0:
            return
        # Even the first initiative is seen.
        end = LEFT + max(min(part, axis) * full, high)
        self.page.bar((LEFT, top, end, top + high), high / 2, c.reached if reached else c.accent, solid=True)
        if part > 1:
            self.page.bar((LEFT + full - 2, top, LEFT + full + 2, top + high), 0, c.card)
        if part > axis:
            for x in (end - 44, end - 30):
                self.page.path([(x, top + high + 2), (x + 10, top - 2)], 5, c.card)
