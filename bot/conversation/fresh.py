"""Buttons of what cannot be undone work for a quarter of an hour: an old bubble touched by chance only asks again."""

from datetime import datetime

_SECONDS = 15 * 60


def stamp(now: datetime) -> str:
    """When the question was asked, for the button of its yes."""
    return str(int(now.timestamp()))


def is_fresh(stamped: str, now: datetime) -> bool:
    """Whether the question was asked just now; a forged stamp is as old as one can be."""
    if not stamped.isdecimal() or len(stamped) > 12:
        return False
    return 0 <= now.timestamp() - int(stamped) <= _SECONDS
