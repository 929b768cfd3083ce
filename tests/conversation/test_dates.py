"""Dates as people write them, and what is told to those who wrote an impossible one."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.dates import ParsedDate, parse_date
from bot.conversation.invalid import Invalid

TODAY = date(2026, 11, 24)
EARLIEST = date(1990, 1, 1)
PAST = st.dates(EARLIEST, TODAY)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("15/3/2022", date(2022, 3, 15)),
        ("15-3-22", date(2022, 3, 15)),
        ("15.3.2022", date(2022, 3, 15)),
        ("15 3 2022", date(2022, 3, 15)),
        ("ngày 15 tháng 3 năm 2022", date(2022, 3, 15)),
        ("mùng 2 tháng 9 năm 2025", date(2025, 9, 2)),
        ("2022-03-15", date(2022, 3, 15)),
        ("15032022", date(2022, 3, 15)),
        ("15 Mar 2022", date(2022, 3, 15)),
        ("hôm nay", TODAY),
        ("hom qua", date(2026, 11, 23)),
        ("Hôm Qua", date(2026, 11, 23)),
        ("5 ngày trước", date(2026, 11, 19)),
        ("2 tuần trước", date(2026, 11, 10)),
        ("15/3", date(2026, 3, 15)),
        ("1/12", date(2025, 12, 1)),
        ("29/2/2024", date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, day: date) -> None:
    assert parse_date(typed, TODAY) == ParsedDate(day)
    assert parse_date(unicodedata.normalize("NFD", typed), TODAY) == ParsedDate(day)


@pytest.mark.parametrize(
    ("typed", "first", "precision"),
    [
        ("3/2022", date(2022, 3, 1), "month"),
        ("tháng 3/2022", date(2022, 3, 1), "month"),
        ("tháng này", date(2026, 11, 1), "month"),
        ("tháng trước", date(2026, 10, 1), "month"),
        ("2022", date(2022, 1, 1), "year"),
        ("năm ngoái", date(2025, 1, 1), "year"),
    ],
)
def test_a_month_or_a_year_stays_as_vague_as_it_was(typed: str, first: date, precision: str) -> None:
    found = parse_date(typed, TODAY)
    assert (found.value, found.precision) == (first, precision)


def test_last_month_in_january_is_in_the_year_before() -> None:
    assert parse_date("tháng trước", date(2026, 1, 5)).value == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31/2/2022", "no_such_day"),
        ("29/2/2023", "no_such_day"),
        ("0/1/2022", "no_such_day"),
        ("3/15/2022", "swapped"),
        ("1/1/1900", "too_old"),
        ("1900", "too_old"),
        ("25/11/2026", "future"),
        ("12/2026", "future"),
        ("2030", "future"),
        ("lâu rồi", "unknown"),
        ("", "unknown"),
        ("🎉", "unknown"),
        ("99999999999999999999", "unknown"),
        ("1/2/3/4", "unknown"),
        ("1" * 101, "unknown"),
    ],
)
def test_an_impossible_day_is_told_so(typed: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_date(typed, TODAY)
    assert refused.value.key == f"parse.date.{why}"


def test_a_29th_of_february_without_a_year_is_the_last_one_there_was() -> None:
    assert parse_date("29/2", TODAY).value == date(2024, 2, 29)


@given(
    PAST,
    st.sampled_from(["{d}/{m}/{y}", "{d:02}-{m:02}-{y}", "{y}-{m:02}-{d:02}", "ngày {d} tháng {m} năm {y}"]),
)
def test_a_written_day_comes_back(day: date, how: str) -> None:
    assert parse_date(how.format(d=day.day, m=day.month, y=day.year), TODAY) == ParsedDate(day)


@given(st.text(max_size=120), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
@example("29/2", date(2027, 6, 1))
@example("0", TODAY)
@example("999 tuần trước", date(2000, 1, 1))
def test_any_text_is_a_past_day_or_is_refused(typed: str, today: date) -> None:
    _read(typed, today)


@given(
    st.lists(
        st.sampled_from(
            [
                "1",
                "2",
                "12",
                "13",
                "29",
                "31",
                "32",
                "00",
                "99",
                "1899",
                "2022",
                "9999",
                "20220315",
                "/",
                "-",
                ".",
                "ngày",
                "tháng",
                "năm",
                "mar",
                "qua",
                "trước",
            ]
        ),
        max_size=6,
    )
)
def test_any_words_of_dates_are_a_past_day_or_are_refused(words: list[str]) -> None:
    _read(" ".join(words), TODAY)


def _read(typed: str, today: date) -> None:
    try:
        found = parse_date(typed, today)
    except Invalid as refused:
        assert refused.key.startswith("parse.date.")  # noqa: PT017 - a refusal is one of two good ends
        return
    assert EARLIEST <= found.value <= today


@given(st.integers(0, 999))
def test_days_ago_are_counted(days: int) -> None:
    assert parse_date(f"{days} ngày trước", TODAY).value == TODAY - timedelta(days=days)
