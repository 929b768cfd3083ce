"""Texts as people type them: cleaned without losing a letter, and found however they were typed."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.invalid import Invalid
from bot.conversation.text import clean, fold, has_words, one_line, person_name

VIETNAMESE = st.text(
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôơpqrstuưvxyỳýỷỹỵ ĐÂÔƠ", max_size=80
)


@pytest.mark.parametrize(
    ("typed", "found_as"),
    [
        ("Rạng Đông", "rang dong"),
        ("RẠNG  ĐÔNG", "rang dong"),
        ("rang-dong", "rang dong"),
        (unicodedata.normalize("NFD", "Rạng Đông"), "rang dong"),
        ("  Bia, Rượu, NGK  ", "bia ruou ngk"),
        ("🎉", ""),
    ],
)
def test_a_name_is_found_without_diacritics(typed: str, found_as: str) -> None:
    assert fold(typed) == found_as


@given(VIETNAMESE)
def test_composed_and_decomposed_texts_are_one(typed: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", typed), unicodedata.normalize("NFD", typed)
    assert fold(composed) == fold(decomposed)
    assert clean(composed) == clean(decomposed)


@given(st.text())
def test_folding_and_cleaning_once_is_enough(typed: str) -> None:
    assert fold(fold(typed)) == fold(typed)
    assert clean(clean(typed)) == clean(typed)


@given(VIETNAMESE)
def test_cleaning_loses_no_letter(typed: str) -> None:
    letters = [char for char in unicodedata.normalize("NFC", typed) if char.isalpha()]
    assert [char for char in clean(typed) if char.isalpha()] == letters


@given(st.text())
def test_what_is_kept_can_be_stored_and_seen(typed: str) -> None:
    cleaned = clean(typed)
    assert "\0" not in cleaned
    cleaned.encode()
    assert not {"\u200b", "\u202e", "\u2066", "\ufeff"} & set(cleaned)


def test_markup_and_formulas_are_only_letters() -> None:
    typed = "<b>dày</b> & *chắc* [x](y) =cmd|' /C calc'!A0"
    assert clean(typed) == typed


@pytest.mark.parametrize("typed", ["", " ", "🎉🎉🎉", "...", "—", "a", "!"])
def test_emoji_and_dots_alone_say_nothing(typed: str) -> None:
    assert not has_words(clean(typed))


@given(st.text(), st.integers(1, 60))
def test_a_line_is_cut_to_its_limit(typed: str, limit: int) -> None:
    line = one_line(typed, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_a_cut_tears_no_letter_apart() -> None:
    assert one_line("Đồ gá 👩‍🔧 khoan", 9) == "Đồ gá…"
    assert one_line(unicodedata.normalize("NFD", "thợ"), 4)[-2:] != "o\u0323"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("NGUYỄN VĂN A", "Nguyễn Văn A"),
        ("nguyễn thị hoa", "Nguyễn Thị Hoa"),
        ("Đỗ  Mười", "Đỗ Mười"),
        ("McDonald Hà", "McDonald Hà"),
    ],
)
def test_a_name_is_written_as_names_are(typed: str, name: str) -> None:
    assert person_name(typed) == name


@pytest.mark.parametrize("typed", ["", "A", "🎉🎉", "Hoa 2", "x" * 101, "0912345678"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        person_name(typed)


@given(st.text())
@example("ß " * 49 + "ab")
def test_a_name_that_is_taken_fits_its_place(typed: str) -> None:
    try:
        name = person_name(typed)
    except Invalid:
        return
    assert 2 <= len(name) <= 100
