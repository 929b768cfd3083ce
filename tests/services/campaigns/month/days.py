"""The days of a simulated month: when it begins, when the bot is down, and how many people live through it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.clock import LOCAL_ZONE

#: The evening before the month, when its campaigns are agreed on.
EVE = date(2026, 10, 31)


def moment(day: int, clock: str = "0:00") -> datetime:
    """A clock time on a day of the month; day 0 is its eve."""
    hour, minute = clock.split(":")
    return datetime.combine(EVE + timedelta(days=day), time(int(hour), int(minute)), LOCAL_ZONE).astimezone(
        UTC
    )


#: Some hours of a working day; and three days, over a planned reminder's hour on each.
OUTAGES = ((moment(8, "11:00"), moment(8, "16:00")), (moment(14, "10:30"), moment(17, "10:10")))
LAST_DAY = 36
#: Days on which something is planned for workers, or something is decided; the others need no close look.
PLANNED = {1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 20, 22, 23, 26, 27, 29, 30, 31, 32}


@dataclass(frozen=True, slots=True)
class MonthSize:
    """How many people in how many units, and the dice."""

    people: int
    units: int
    seed: int = 7
    #: How often things happen, against the usual: a small union needs more to meet every rule.
    stir: float = 1.0
