"""Stretches of a day, as settings write them: ``21:00-07:00``."""

import re
from datetime import time

_SPAN = re.compile(r"(\d{1,2}):(\d{2}) ?[-–] ?(\d{1,2}):(\d{2})")


def span(written: str) -> tuple[time, time]:
    """From when to when; it may end on the next day. Raises ValueError."""
    found = _SPAN.fullmatch(written.strip())
    if found is None:
        raise ValueError("must be from when to when, like 21:00-07:00")
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"{written} has an hour that no clock shows") from None
    if start == end:
        raise ValueError("begins and ends at the same time")
    return start, end


def minutes_of(stretch: tuple[time, time]) -> set[int]:
    """The minutes of a day that a stretch takes up."""
    start, end = (one.hour * 60 + one.minute for one in stretch)
    return {at % (24 * 60) for at in range(start, end if end > start else end + 24 * 60)}
