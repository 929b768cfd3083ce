"""Codes are read however they are typed, and no word or number that people write is taken for one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.people import passes
from bot.services.units.join_codes import ALPHABET, JOIN_LENGTH, random_code

#: What a keyboard for Vietnamese (Telex, VNI) makes another letter of, together with what comes before or after.
TURNED = set("AEIOUYDW")

lengths = st.sampled_from([passes.LENGTH, JOIN_LENGTH])


@st.composite
def codes(draw: st.DrawFn) -> str:
    """Made as they are made, but by the random numbers of the test."""
    return draw(
        st.text(ALPHABET, min_size=6, max_size=10).filter(
            lambda code: (
                len(code) != 7 and not code.isalpha() and not code.isdecimal() and len(code) in (6, 10)
            )
        )
    )


@given(codes(), st.data())
def test_a_code_is_read_with_whatever_stands_between_its_characters(code: str, data: st.DataObject) -> None:
    between = st.sampled_from(["", "", " ", "-", "\u2013", ".", "\u00a0"])
    typed = "".join(data.draw(between) + char for char in data.draw(st.sampled_from([code, code.lower()])))
    assert passes.normal(typed) == code
    assert passes.is_like(typed)
    for before in ("", "mã ", "Ma ", unicodedata.normalize("NFD", "MÃ "), "code "):
        assert passes.in_words(before + typed) == code


@given(lengths)
def test_a_new_code_is_neither_word_nor_number(length: int) -> None:
    code = random_code(length)
    assert len(code) == length
    assert not code.isalpha()
    assert not code.isdecimal()
    assert not TURNED & set(code)
    assert passes.is_like(code)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_as_a_code_or_not(text: str) -> None:
    code = passes.in_words(text)
    assert code == "" or (len(code) in (JOIN_LENGTH, passes.LENGTH) and passes.is_like(code))


@pytest.mark.parametrize(
    "said",
    ["", "chào bot", "ma", "mã của tôi", "0912345678", "15/3/2022", "25.000.000", "Nguyễn Thị Nga", "RALACO",
     "ralaco-x2", "15tr", "BCFGHJ", "222333", "2222233333", "x2" * 40, "CTVN-2026-000001"],
)  # fmt: skip
def test_what_people_write_is_no_code(said: str) -> None:
    assert passes.in_words(said) == ""
