"""What must hold of every page, whatever stands on it: nothing clipped, nothing on top of another, all legible."""

from itertools import combinations

from bot.documents.canvas import Box, Page

#: Of 1080 units; what is smaller cannot be read on a phone.
LEAST_SIZE = 26


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check(page: Page) -> None:
    """Fail where a text leaves the page, meets another or a bar, is too small or too pale."""
    assert page.texts
    for placed in page.texts:
        left, top, right, bottom = placed.box
        assert left >= 20, placed
        assert top >= 20, placed
        assert right <= page.width - 20, placed
        assert bottom <= page.height - 20, placed
        assert placed.size >= LEAST_SIZE, placed
        assert contrast(placed.ink, placed.ground) >= 4.5, placed
        for solid in page.solids:
            assert not overlap(placed.box, solid), (placed, solid)
    for one, other in combinations(page.texts, 2):
        assert not overlap(one.box, other.box), (one, other)
    for left, top, right, bottom in page.solids:
        assert left >= 0, (left, top, right, bottom)
        assert right <= page.width, (left, top, right, bottom)
        assert bottom <= page.height, (left, top, right, bottom)
