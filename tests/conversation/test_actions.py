"""Actions: what is packed comes back as it was, and what was forged comes back as nothing."""

import enum
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.actions import LONGEST_BYTES, Action, Forged, action


class Order(enum.StrEnum):
    COUNT = "count"
    PART = "part"


@action("test")
class Show(Action):
    """One that begins as the next one does."""

    page: int = 0


@action("test.units")
class ShowUnits(Action):
    """One value of each kind."""

    campaign: int
    order: Order = Order.COUNT
    asked_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    step: str = ""
    dark: bool = False


NUMBERS = st.integers(0, 10**9 - 1)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - Hypothesis wants them bare
    lambda moment: moment.replace(microsecond=0)
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", max_size=10)


@given(NUMBERS, st.sampled_from(Order), MOMENTS, WORDS, st.booleans())
def test_what_is_packed_comes_back(number: int, order: Order, at: datetime, word: str, dark: bool) -> None:
    packed = ShowUnits(number, order, at, word, dark).pack()

    assert len(packed.encode()) <= LONGEST_BYTES
    assert ShowUnits.unpack(packed) == ShowUnits(number, order, at, word, dark)


def test_values_that_are_their_defaults_are_left_out_from_the_end() -> None:
    assert ShowUnits(3).pack() == "test.units.3"
    assert ShowUnits(3, Order.PART).pack() == "test.units.3.part"
    assert Show().pack() == "test"


@pytest.mark.parametrize(
    "forged",
    [
        "test.units",  # the number is missing
        "test.units.x",
        "test.units.-1",
        "test.units.1234567890",  # more digits than any row has
        "test.units.²",
        "test.units.٣",  # a digit elsewhere
        "test.units.1.best",
        "test.units.1.part.99999999999999",
        "test.units.1.part.1.word.2",
        "test.units.1.part.1.word.1.more",
        "test.unitsx.1",
        "other.1",
        "",
    ],
)
def test_what_was_forged_is_refused(forged: str) -> None:
    with pytest.raises(Forged):
        ShowUnits.unpack(forged)


@given(st.text(max_size=80))
def test_nothing_that_comes_back_breaks_it(forged: str) -> None:
    try:
        found = ShowUnits.unpack("test.units." + forged)
    except Forged:
        return
    assert 0 <= found.campaign < 10**9


def test_what_is_too_long_for_a_button_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        ShowUnits(1, step="x" * 60).pack()


def test_a_value_with_a_dot_would_be_two() -> None:
    with pytest.raises(ValueError, match="no dot"):
        ShowUnits(1, step="a.b").pack()


def test_a_value_cannot_hide_the_word() -> None:
    with pytest.raises(TypeError, match="word"):

        @action("test.hidden")
        class Hidden(Action):
            """Its value would take the place of what it begins with."""

            word: str  # type: ignore[misc]  # what is refused here


def test_a_value_that_no_button_can_carry_is_refused() -> None:
    @action("test.odd")
    class Odd(Action):
        """A list travels in no button."""

        numbers: list[int]

    with pytest.raises(TypeError, match=r"Odd\.numbers"):
        Odd([1]).pack()
