"""When an Official Account may write to somebody."""

from datetime import UTC, datetime

import pytest

from bot.channels.zalo_oa.windows import hours_open, seconds_to_morning


def test_how_long_a_channel_says_that_it_is_open() -> None:
    assert hours_open(uses_quota=True) == 168
    assert hours_open(uses_quota=False) == 48


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 24, 15, 30, tzinfo=UTC), 7.5),
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), 1 / 60),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), 24),
    ],
)
def test_the_morning_is_that_of_vietnam(now: datetime, hours: float) -> None:
    assert seconds_to_morning(now) == pytest.approx(hours * 3600)
