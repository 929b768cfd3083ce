"""Numbers on a picture never say more than is true."""

import pytest

from bot.documents.words import PictureWords, needed_a_day, picture_words
from bot.texts import Texts

TEXTS = Texts.load()


@pytest.fixture
def vietnamese() -> PictureWords:
    return picture_words(TEXTS.say("vi"))


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (0, "0 %"),
        (9493 / 16000, "59,3 %"),
        (0.9999, "99,9 %"),
        (1, "100 %"),
        (1.405, "140,5 %"),
        (50, "5.000 %"),
    ],
)
def test_only_a_target_reached_reads_as_100_percent(
    vietnamese: PictureWords, part: float, shown: str
) -> None:
    assert vietnamese.percent(part).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("vnd", "shown"),
    [
        (0, "0 đồng"),
        (999_999, "999.999 đồng"),
        (15_000_000, "15 triệu đồng"),
        (999_999_999, "999,9 triệu đồng"),
        (45_612_000_000, "45,6 tỷ đồng"),
        (9_493_000_000_000, "9.493 tỷ đồng"),
    ],
)
def test_money_is_cut_to_tenths_and_never_rounded_up(vietnamese: PictureWords, vnd: int, shown: str) -> None:
    assert vietnamese.money(vnd) == shown


@pytest.mark.parametrize(
    ("pace", "shown"), [(0.01, 0.1), (1.3, 1.3), (15.55, 15.6), (99.91, 100), (100.2, 101)]
)
def test_a_pace_is_rounded_up(pace: float, shown: float) -> None:
    assert needed_a_day(pace) == shown


def test_what_was_typed_is_written_as_typed(vietnamese: PictureWords) -> None:
    text = vietnamese.text("progress.phase_days", phase="<b>R&D</b>", starts="1", ends="2")
    assert text == "<b>R&D</b> · 1\u00a0–\u00a02"


def test_english_counts_one_and_many() -> None:
    words = picture_words(TEXTS.say("en"))
    assert words.text("progress.more", n=1) == "and 1 more unit"
    assert words.text("progress.more", n=2800) == "and 2,800 more units"
