"""When an Official Account may write to somebody."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.zalo_oa.windows import Window, hours_open, seconds_to_morning, window_of

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silent", "window"),
    [
        (timedelta(0), Window.FREE),
        (timedelta(hours=47, minutes=59), Window.FREE),
        (timedelta(hours=48), Window.QUOTA),
        (timedelta(days=6, hours=23), Window.QUOTA),
        (timedelta(days=7), Window.CLOSED),
    ],
)
def test_the_windows_after_somebodys_last_message(silent: timedelta, window: Window) -> None:
    assert window_of(NOW - silent, NOW) is window


def test_who_never_wrote_may_not_be_written_to() -> None:
    assert window_of(None, NOW) is Window.CLOSED


def test_how_long_a_channel_says_that_it_is_open() -> None:
    assert hours_open(uses_quota=True, has_template=False) == 168
    assert hours_open(uses_quota=False, has_template=False) == 48
    assert hours_open(uses_quota=False, has_template=True) is None


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
