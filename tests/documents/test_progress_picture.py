"""The picture of progress: everything legible and in its place, whatever the figures and the names."""

import io
import unicodedata
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.clock import LOCAL_ZONE
from bot.documents.progress_picture import (
    LEAST_HEIGHT,
    draw_progress,
    lay_out_progress,
)
from bot.documents.progress_view import DayPoint, ProgressRow, ProgressView
from bot.documents.words import picture_words
from bot.texts import LANGUAGES, Texts
from tests.documents.layout import check, contrast

TEXTS = Texts.load()
WORDS = picture_words(TEXTS.say("vi"))
START = date(2021, 9, 1)
ROWS = (
    ProgressRow("Công đoàn Tổng Công ty Máy động lực và Máy nông nghiệp Việt Nam", 2956, 4000),
    ProgressRow("Công đoàn Tổng Công ty Thép Việt Nam", 409, 409),
    ProgressRow("Công đoàn Công ty CP Bóng đèn Phích nước Rạng Đông", 281, 200),
    ProgressRow("Công đoàn Tổng Công ty Bia, Rượu, NGK Hà Nội", 100, None),
    ProgressRow("Các đơn vị khác", 0, 300),
)
SECTOR = ProgressView(
    unit_name="Công đoàn Công Thương Việt Nam",
    phase_name="Cả chương trình",
    as_of=datetime(2022, 7, 11, 14, 5, tzinfo=LOCAL_ZONE),
    count=9493,
    target=16000,
    pace_needed=15.55,
    per_member=0.119,
    benefit_vnd=45_612_000_000,
    rows=ROWS,
    days=tuple(DayPoint(START + timedelta(days=day), day % 60) for day in range(0, 310, 3)),
    starts=START,
    ends=date(2023, 9, 1),
)
VIEWS = {
    "as it was": SECTOR,
    "nothing yet": replace(
        SECTOR, count=0, rows=(), days=(), per_member=None, benefit_vnd=0, pace_needed=None
    ),
    "no target": replace(SECTOR, target=None, rows=tuple(replace(row, target=None) for row in ROWS)),
    "target nought": replace(SECTOR, target=0, rows=tuple(replace(row, target=0) for row in ROWS)),
    "over": replace(SECTOR, count=20000, pace_needed=0.0),
    "far over": replace(SECTOR, count=10**9, target=1, rows=(ProgressRow("Tổ 1", 10**9, 1),)),
    "40 rows": replace(SECTOR, rows=ROWS * 8),
    "long names": replace(SECTOR, unit_name=ROWS[0].name * 3, phase_name=ROWS[0].name * 3),
    "one long word": replace(SECTOR, unit_name="X" * 5000, rows=(ProgressRow("x" * 5000, 1, 2),)),
    "NFD": replace(SECTOR, unit_name=unicodedata.normalize("NFD", ROWS[0].name)),
    "emoji, RTL, HTML": replace(
        SECTOR, unit_name="👷🏽‍♀️ مصنع <b>R&D</b>", rows=(ProgressRow("\u202e<i>工会</i>&amp;", 3, 9),)
    ),
    "no name": replace(SECTOR, unit_name="", phase_name="", rows=(ProgressRow(" ", 3, 9),)),
    "one day": replace(SECTOR, days=(DayPoint(START, 3),), starts=START, ends=START),
    "no dates": replace(SECTOR, starts=None, ends=None),
    "days outside the phase": replace(SECTOR, ends=date(2022, 1, 1), starts=date(2021, 12, 1)),
}


def texts(view: ProgressView) -> list[str]:
    return [placed.text.replace("\u00a0", " ") for placed in lay_out_progress(view, words=WORDS).texts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_nothing_clips_or_overlaps_and_all_is_legible(view: ProgressView, language: str, dark: bool) -> None:
    check(lay_out_progress(view, words=picture_words(TEXTS.say(language)), dark=dark))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_it_is_a_png_for_a_phone(view: ProgressView, dark: bool) -> None:
    drawn = draw_progress(view, words=WORDS, dark=dark)
    image = Image.open(io.BytesIO(drawn))
    image.load()
    assert image.format == "PNG"
    assert image.width == 1080
    assert LEAST_HEIGHT <= image.height <= 4000
    assert len(drawn) < 1_000_000
    corner = image.convert("RGB").getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert (max(corner) < 60) is dark


def test_it_says_what_an_officer_asks() -> None:
    said = texts(SECTOR)
    for expected in (
        "Công đoàn Công Thương Việt Nam",
        "Cả chương trình · 1/9/2021 – 1/9/2023",
        "59,3 %",
        "9.493",
        "trên chỉ tiêu 16.000",
        "còn 6.507 nữa là tới",
        "15,6",
        "45,6 tỷ đồng",
        "0,12",
        "73,9 %",
        "2.956 / 4.000",
        "chưa giao chỉ tiêu",
        "Số liệu lúc 14:05 11/7/2022",
    ):
        assert expected in said


def test_a_target_reached_and_passed_is_said() -> None:
    assert "đã đủ chỉ tiêu" in texts(replace(SECTOR, count=16000))
    assert "vượt 1 sáng kiến" in texts(replace(SECTOR, count=16001))


@pytest.mark.parametrize("target", [None, 0])
def test_without_a_target_no_percentage_is_shown(target: int | None) -> None:
    said = texts(replace(SECTOR, target=target, rows=(ProgressRow("Tổ 1", 5, target),)))
    assert "chưa giao chỉ tiêu" in said
    assert not any("%" in text for text in said)


def test_a_thirteenth_unit_is_counted_not_drawn() -> None:
    rows = tuple(ProgressRow(f"Tổ {number}", number, 50) for number in range(1, 41))
    said = texts(replace(SECTOR, rows=rows))
    assert "Tổ 12" in said
    assert "Tổ 13" not in said
    assert "và 28 đơn vị nữa" in said
    assert not any("nữa" in text and "đơn vị" in text for text in texts(replace(SECTOR, rows=rows[:12])))


def bars(part: float) -> list[float]:
    """The widths of the track and of what is done, where another unit stands at 130 %."""
    rows = (ProgressRow("Tổ 1", round(part * 1000), 1000), ProgressRow("Tổ 2", 1300, 1000))
    page = lay_out_progress(replace(SECTOR, rows=rows, days=()), words=WORDS)
    first = min(top for _, top, _, _ in page.solids)
    return [right - left for left, top, right, _ in page.solids if top == first]


@pytest.mark.parametrize("part", [0.1, 0.5, 1.0, 1.25])
def test_a_bar_is_as_long_as_its_part_of_the_target(part: float) -> None:
    track, done = bars(part)
    assert done == pytest.approx(track * part)


def test_a_bar_far_over_its_target_is_broken_off_and_one_at_nought_is_empty() -> None:
    track, done = bars(50)
    assert done == pytest.approx(track * 1.3)
    assert len(bars(0)) == 1


def test_pictures_of_the_same_figures_are_the_same() -> None:
    assert draw_progress(SECTOR, words=WORDS) == draw_progress(SECTOR, words=WORDS)


def test_dark_and_light_are_told_apart_by_contrast() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


names = st.text(max_size=120) | st.sampled_from([row.name for row in ROWS])
counts = st.integers(0, 10**12)
targets = st.none() | st.integers(0, 10**12)
days = st.dates(date(2021, 1, 1), date(2023, 12, 31))
views = st.builds(
    ProgressView,
    unit_name=names,
    phase_name=names,
    as_of=st.datetimes(datetime(2021, 1, 1), datetime(2024, 1, 1), timezones=st.just(LOCAL_ZONE)),  # noqa: DTZ001 - bounds are given without a zone
    count=counts,
    target=targets,
    pace_needed=st.none() | st.floats(0, 1e12),
    per_member=st.none() | st.floats(0, 1e12),
    benefit_vnd=st.integers(0, 10**18),
    rows=st.lists(st.builds(ProgressRow, name=names, count=counts, target=targets), max_size=14).map(tuple),
    days=st.lists(
        st.builds(DayPoint, day=days, count=st.integers(0, 10**6)), max_size=9, unique_by=lambda d: d.day
    ).map(lambda found: tuple(sorted(found, key=lambda point: point.day))),
    starts=st.none() | days,
    ends=st.none() | days,
)


@given(views, st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_figures_and_names_find_their_place(view: ProgressView, dark: bool) -> None:
    check(lay_out_progress(view, words=WORDS, dark=dark))


@given(views)
@settings(max_examples=10, deadline=None)
def test_any_figures_and_names_can_be_painted(view: ProgressView) -> None:
    assert draw_progress(view, words=WORDS).startswith(b"\x89PNG")
