"""What becomes of the demo's initiatives: so many of each fate, and how long ago they were submitted."""

import enum
import random
from collections.abc import Sequence
from dataclasses import dataclass


class Fate(enum.StrEnum):
    """How far one initiative comes by today."""

    #: Waits for the support team, in time.
    FRESH = "fresh"
    #: Somebody of the team has just taken it.
    CLAIMED = "claimed"
    #: Waits, and its time for the check runs out within days.
    NEARLY_LATE = "nearly_late"
    LATE = "late"
    #: Waits; the team has asked something and has no answer yet.
    ASKED = "asked"
    ANSWERED = "answered"
    RETURNED = "returned"
    #: Was returned, and waits once more as its author mended it.
    MENDED = "mended"
    #: Was approved and taken back within minutes; waits.
    UNDONE = "undone"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    RECOGNISED = "recognised"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class _Share:
    """How many of a hundred meet this fate, and between how many days ago they were submitted."""

    weight: float
    youngest: int
    oldest: int


# The check's time is 30 days, and nearly over seven days before: see ``ProgrammeRules``.
_SHARES = {
    Fate.FRESH: _Share(7, 0, 12),
    Fate.RETURNED: _Share(6, 2, 60),
    Fate.ASKED: _Share(2, 1, 10),
    Fate.LATE: _Share(2, 32, 60),
    Fate.NEARLY_LATE: _Share(2, 24, 29),
    Fate.CLAIMED: _Share(1, 0, 5),
    Fate.RECORDED: _Share(13, 35, 150),
    Fate.APPROVED: _Share(36, 2, 150),
    Fate.RECOGNISED: _Share(15, 20, 150),
    Fate.ANSWERED: _Share(2, 2, 12),
    Fate.MENDED: _Share(3, 6, 20),
    Fate.UNDONE: _Share(1, 2, 15),
    Fate.REJECTED: _Share(6, 3, 150),
    Fate.WITHDRAWN: _Share(4, 2, 150),
}

#: Of those that were approved so many came these days, as a peak week is running.
_IN_PEAK_WEEK = 0.25


def shared_out(number: int) -> list[Fate]:
    """So many fates in these proportions; from 14 on each is met at least once. The first of each kind comes first."""
    total = sum(one.weight for one in _SHARES.values())
    first = list(_SHARES)[:number]
    rest = number - len(first)
    counts = {fate: int(rest * share.weight / total) for fate, share in _SHARES.items()}
    left = rest - sum(counts.values())
    for fate in sorted(_SHARES, key=lambda one: -_SHARES[one].weight)[:left]:
        counts[fate] += 1
    return first + [fate for fate, count in counts.items() for _ in range(count)]


def days_ago(fate: Fate, dice: random.Random, most: int) -> int:
    """How many days ago one of this fate was submitted; none is older than ``most``, where its fate allows that."""
    share = _SHARES[fate]
    if fate is Fate.APPROVED and dice.random() < _IN_PEAK_WEEK:
        return dice.randint(1, 3)
    return dice.randint(share.youngest, max(share.youngest, min(share.oldest, most)))


def oldest(fates: Sequence[Fate], most: int) -> int:
    """From how many days ago on things happen."""
    return max((min(_SHARES[one].oldest, max(most, _SHARES[one].youngest)) for one in fates), default=0)
