"""The sheet that the picture of progress is drawn on: its measures, its colours, and the cards that its parts stand in."""

from dataclasses import dataclass

from bot.documents.canvas import Page, Weight
from bot.documents.words import PictureWords

WIDTH = 1080
#: Nothing smaller can be read on a phone, where 1080 units are some 7 cm.
SMALL = 28

MARGIN = 40
PAD = 44
LEFT = MARGIN + PAD
RIGHT = WIDTH - LEFT


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one ground."""

    ground: str
    card: str
    ink: str
    muted: str
    accent: str
    reached: str
    track: str
    soft: str
    even: str


LIGHT = Colours(
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
DARK = Colours(
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


class Sheet:
    """A page with its colours and words. A part of the picture is a sheet that takes its top and returns its bottom."""

    def __init__(self, page: Page, colours: Colours, words: PictureWords) -> None:
        """All parts of a picture share one page."""
        self.page = page
        self.colours = colours
        self.words = words

    def title(self, y: float, text: str) -> None:
        """The title of a card."""
        c = self.colours
        self.page.line(LEFT, y, text, weight=Weight.BOLD, size=38, ink=c.ink, ground=c.card)

    def card(self, top: float, bottom: float, *, below: int | None = None) -> None:
        """A card across the page. ``below``: the number of strokes it is painted after, as in :meth:`Page.bar`."""
        self.page.bar((MARGIN, top, WIDTH - MARGIN, bottom), 36, self.colours.card, below=below)
