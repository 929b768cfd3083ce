"""Choices that cannot be undone work for a quarter of an hour: an old bubble touched by chance only asks again."""

from datetime import datetime, timedelta

_LASTS = timedelta(minutes=15)


def is_fresh(asked_at: datetime, now: datetime) -> bool:
    """Whether the question was asked just now."""
    return timedelta(0) <= now - asked_at <= _LASTS


def stamp(now: datetime) -> str:
    """When the question was asked, for an action without a type."""
    return str(int(now.timestamp()))


def is_fresh_stamp(stamped: str, now: datetime) -> bool:
    """Whether the question was asked just now; a forged stamp is as old as one can be."""
    if not stamped.isdecimal() or len(stamped) > 12:
        return False
    return 0 <= now.timestamp() - int(stamped) <= _LASTS.total_seconds()
