"""Text on a page: what the fonts can write, where lines break, what is cut."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from bot.documents.canvas import (
    FONTS,
    UNKNOWN,
    Page,
    Weight,
    balance,
    fitting,
    legible,
    measure,
    shorten,
    wrap,
)

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
LONG = "Công đoàn Tổng Công ty Máy động lực và Máy nông nghiệp Việt Nam"


@pytest.mark.parametrize("weight", list(Weight))
def test_every_vietnamese_letter_and_figure_has_a_glyph_of_its_own(weight: Weight) -> None:
    font = ImageFont.truetype(str(FONTS / f"BeVietnamPro-{weight}.ttf"), 40)
    letters = VIETNAMESE + VIETNAMESE.upper() + "0123456789.,%–—…·₫/-()&<>'\"“”"
    missing = bytes(font.getmask(UNKNOWN))
    assert any(missing), "a missing character must be seen"
    drawn = [bytes(font.getmask(letter)) for letter in letters]
    assert missing not in drawn
    assert legible(letters) == letters


@pytest.mark.parametrize("weight", list(Weight))
def test_a_font_stays_small(weight: Weight) -> None:
    assert (FONTS / f"BeVietnamPro-{weight}.ttf").stat().st_size < 80_000


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (unicodedata.normalize("NFD", "Rạng Đông"), "Rạng Đông"),
        ("Tổ 1 😀🎉 lắp ráp", f"Tổ 1 {UNKNOWN} lắp ráp"),
        ("👨‍👩‍👧‍👦", UNKNOWN),
        ("中文", UNKNOWN),
        ("مرحبا", UNKNOWN),
        ("\u202egnol\u202c", "gnol"),
        ("<b>R&D</b> *x*", "<b>R&D</b> *x*"),
        ("Ｔổ\u3000１", "Tổ 1"),
        ("một\n\thai \x00 ba", "một hai ba"),
        ("59,3\u00a0%", "59,3\u00a0%"),
        ("", ""),
        ("ệ\u0302\u0302\u0302", "ệ"),
    ],
)
def test_what_the_fonts_cannot_write_becomes_one_box(typed: str, written: str) -> None:
    assert legible(typed) == written


@given(st.text())
def test_legible_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = legible(text)
    assert legible(once) == once
    assert not any(unicodedata.category(char) in {"Cc", "Cf"} for char in once)


@given(st.text(max_size=300), st.floats(60, 900), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_wrapped_lines_fit_and_lose_nothing_unless_they_say_so(text: str, width: float, lines: int) -> None:
    for break_up in (wrap, balance):
        wrapped = break_up(text, Weight.SEMIBOLD, 30, width, lines)
        assert len(wrapped) <= lines
        assert all(measure(line, Weight.SEMIBOLD, 30) <= width for line in wrapped)
        kept = "".join(wrapped).replace(" ", "")
        whole = legible(text).replace(" ", "")
        assert kept == whole or (kept.endswith("…") and whole.startswith(kept[:-1]))


def test_balanced_lines_are_nearly_equal() -> None:
    one, other = balance(LONG, Weight.BOLD, 50, 1400, 2)
    assert abs(measure(one, Weight.BOLD, 50) - measure(other, Weight.BOLD, 50)) < 250
    assert wrap(LONG, Weight.BOLD, 50, 1400, 2) != [one, other]


def test_a_line_shrinks_before_it_is_cut() -> None:
    assert fitting("9.493", Weight.BOLD, 80, 28, 1000) == 80
    small = fitting("9.493.000.000", Weight.BOLD, 80, 28, 300)
    assert 28 < small < 80
    assert measure("9.493.000.000", Weight.BOLD, small) <= 300
    assert fitting(LONG, Weight.BOLD, 80, 28, 300) == 28
    assert shorten(LONG, Weight.BOLD, 28, 300).endswith("…")


def test_a_page_is_painted_in_any_resolution() -> None:
    page = Page(100, "#ffffff")
    page.height = 50
    page.bar((10, 10, 90, 40), 8, "#000000")
    for scale in (1, 1.5, 2):
        image = page.paint(scale)
        assert image.size == (100 * scale, 50 * scale)
        assert image.getpixel((round(50 * scale), round(25 * scale))) == (0, 0, 0)
        assert image.getpixel((round(10 * scale), round(10 * scale))) != (0, 0, 0), "the corner is round"
        assert image.getpixel((round(5 * scale), round(25 * scale))) == (255, 255, 255)
