"""Choices that cannot be undone work for a quarter of an hour: an old bubble touched by chance only asks again."""

from datetime import datetime, timedelta

_LASTS = timedelta(minutes=15)


def is_fresh(asked_at: datetime, now: datetime) -> bool:
    """Whether the question was asked just now."""
    return timedelta(0) <= now - asked_at <= _LASTS
