"""Amounts as people write them, and what is told to those who wrote something else."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.invalid import Invalid
from bot.conversation.money import ABSURD, Money, parse_money

K, TR, TY = 1_000, 1_000_000, 1_000_000_000


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("15tr", 15 * TR),
        ("15 triệu", 15 * TR),
        ("15 TRIỆU đồng", 15 * TR),
        ("1,2 tỷ", 1_200 * TR),
        ("1.2 tỉ", 1_200 * TR),
        ("1 tỷ 2", 1_200 * TR),
        ("1 tỷ 250", 1_250 * TR),
        ("1tr2", 1_200 * K),
        ("15tr500", 15_500 * K),
        ("500k", 500 * K),
        ("500 nghìn", 500 * K),
        ("15.000.000đ", 15 * TR),
        ("15,000,000", 15 * TR),
        ("15 000 000 vnđ", 15 * TR),
        ("15000000", 15 * TR),
        ("nửa tỷ", 500 * TR),
        ("2 tỷ rưỡi", 2_500 * TR),
        ("mười lăm triệu", 15 * TR),
        ("hai mươi mốt triệu", 21 * TR),
        ("ba trăm hai mươi lăm triệu", 325 * TR),
        ("năm triệu một năm", 5 * TR),
        ("tám mươi triệu", 80 * TR),
        ("tam trieu", 8 * TR),
        ("tầm mười triệu", 10 * TR),
        ("tam 10 trieu", 10 * TR),
        ("3 trăm triệu", 300 * TR),
        ("2 nghìn tỷ", 2_000 * TY),
        ("20 triệu 1 năm", 20 * TR),
        ("20tr/1 năm", 20 * TR),
        ("làm lợi 20 triệu", 20 * TR),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, amount: int) -> None:
    assert parse_money(typed).candidates == (amount,)
    assert parse_money(unicodedata.normalize("NFD", typed)) == parse_money(typed)


def test_about_and_a_year_are_understood() -> None:
    assert parse_money("khoảng 20 triệu/năm") == Money((20 * TR,), approximate=True, per="year")
    assert parse_money("5 triệu mỗi tháng") == Money((5 * TR,), per="month")


@pytest.mark.parametrize(
    ("typed", "meanings"),
    [
        ("15", {15 * TR, 15 * K}),
        ("1.200", {1_200, 1_200 * K, 1_200 * TR}),
        ("1.200 triệu", {1_200 * TR, 1_200 * K}),
        ("10-15tr", {10 * TR, 15 * TR}),
        ("10 – 15tr", {10 * TR, 15 * TR}),
        ("từ 10 đến 15 triệu", {10 * TR, 15 * TR}),
    ],
)
def test_what_may_mean_several_amounts_gives_them_all(typed: str, meanings: set[int]) -> None:
    assert set(parse_money(typed).candidates) == meanings


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("-5tr", "negative"),
        ("\u22125tr", "negative"),
        ("0", "zero"),
        ("không", "zero"),
        ("999999999 tỷ", "absurd"),
        ("9" * 150, "absurd"),
        ("$500", "currency"),
        ("500 usd", "currency"),
        ("nhiều lắm", "none"),
        ("", "none"),
        ("🎉", "none"),
        ("15 cái máy", "none"),
        ("1" * 201, "none"),
    ],
)
def test_what_is_no_amount_is_told_so(typed: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_money(typed)
    assert refused.value.key == f"parse.money.{why}"


@given(st.text(max_size=250))
@example("1,23456789012345678901234567890123 tỷ")
@example("½ tỷ")
@example("triệu")
@example("1 - 2 - 3")
def test_any_text_is_an_amount_or_is_refused(typed: str) -> None:
    _read(typed)


@given(
    st.lists(
        st.sampled_from(
            [
                "1",
                "2,5",
                "1.200",
                "0",
                "15",
                "-5",
                "tr",
                "triệu",
                "tỷ",
                "k",
                "nghìn",
                "trăm",
                "đ",
                "rưỡi",
                "nửa",
                "năm",
                "tháng",
                "/",
                "-",
                "đến",
                "từ",
                "khoảng",
                "mười",
                "lăm",
                "mốt",
            ]
        ),
        max_size=9,
    )
)
def test_any_words_of_money_are_an_amount_or_are_refused(words: list[str]) -> None:
    _read(" ".join(words))
    _read("".join(words))


def _read(typed: str) -> None:
    try:
        found = parse_money(typed)
    except Invalid as refused:
        assert refused.key.startswith("parse.money.")  # noqa: PT017 - a refusal is one of two good ends
        return
    assert found.candidates
    assert len(set(found.candidates)) == len(found.candidates)
    assert all(0 < amount <= ABSURD for amount in found.candidates)


@given(st.integers(1_000_000, 10**13))
def test_a_full_amount_comes_back_however_it_is_grouped(amount: int) -> None:
    for typed in (
        str(amount),
        f"{amount:,}",
        f"{amount:,}".replace(",", "."),
        f"{amount:,} đ".replace(",", " "),
    ):
        assert parse_money(typed).candidates == (amount,)


@given(
    st.integers(1, 999),
    st.integers(0, 9),
    st.sampled_from([("tr", TR), (" triệu", TR), (" tỷ", TY), (" nghìn", K)]),
)
def test_a_number_with_a_unit_comes_back(whole: int, tenth: int, unit: tuple[str, int]) -> None:
    word, size = unit
    typed = f"{whole},{tenth}{word}" if tenth else f"{whole}{word}"
    assert parse_money(typed).candidates == (whole * size + tenth * size // 10,)


_ONES = ["", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def in_words(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [f"{_ONES[hundreds]} trăm"] if hundreds else []
    if tens == 1:
        words += ["mười"]
    elif tens:
        words += [f"{_ONES[tens]} mươi"]
    elif hundreds and ones:
        words += ["linh"]
    if ones:
        words += ["mốt" if ones == 1 and tens > 1 else "lăm" if ones == 5 and tens else _ONES[ones]]
    return " ".join(words)


@given(st.integers(1, 999), st.sampled_from([("triệu", TR), ("tỷ", TY), ("nghìn", K)]))
def test_a_number_in_words_comes_back(number: int, unit: tuple[str, int]) -> None:
    assert parse_money(f"{in_words(number)} {unit[0]}").candidates == (number * unit[1],)
