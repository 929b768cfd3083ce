"""What really happened in a simulated month: people, units, campaigns, the bot's hours, and what left for whom.

Written down by the simulation as it happens, and read by the pass that holds the rules against it. Nothing in here
comes from the bot's own tables or rules. A change made at a moment holds from that moment on.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

T = TypeVar("T")

#: What changed when, oldest first.
Changes = list[tuple[datetime, T]]


def at(changes: Changes[T], moment: datetime, before: T) -> T:
    """What held at a moment; ``before`` when nothing had changed by then."""
    place = bisect_right(changes, moment, key=lambda one: one[0])
    return changes[place - 1][1] if place else before


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something left for somebody's phone."""

    moment: datetime
    person: int
    mailing: int
    #: "arrived", "uncertain", "blocked", "later", "not_sent" or "rejected".
    outcome: str
    #: With "later": until when the messenger asked to wait.
    until: datetime | None
    #: The first character of the message, by which its kind can be told.
    mark: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A decision about a campaign: ``made``, ``off`` (a step), ``at`` (a step's hour), ``ends``, ``cancelled``, ``ended``."""

    moment: datetime
    what: str
    step: str = ""
    value: Any = None


@dataclass(slots=True)
class Drive:
    """A campaign as it was decided on."""

    number: int
    kind: str
    unit: int
    starts: date
    ends: date
    turns: list[Turned] = field(default_factory=list)
    paused: Changes[bool] = field(default_factory=list)


@dataclass(slots=True)
class Idea:
    """An initiative: whose, where, when it began and ceased to wait for the team, and when it was approved."""

    author: int
    unit: int
    waiting: Changes[bool] = field(default_factory=list)
    approved_at: datetime | None = None


@dataclass(slots=True)
class History:
    """All of it. People and units are known by their numbers."""

    unit_of: dict[int, int] = field(default_factory=dict)
    #: The unit right above each, after each change of the tree.
    parents: Changes[dict[int, int | None]] = field(default_factory=list)
    shift: dict[int, Changes[str | None]] = field(default_factory=lambda: defaultdict(list))
    stopped: dict[int, Changes[bool]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[int, datetime] = field(default_factory=dict)
    #: When they wrote to the bot, which is also when a blocked bot is let in again.
    wrote: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    blocked: dict[int, Changes[bool]] = field(default_factory=lambda: defaultdict(list))
    #: A form: open with True (again with each answer), closed with False.
    form: dict[int, Changes[bool]] = field(default_factory=lambda: defaultdict(list))
    draft: dict[int, Changes[bool]] = field(default_factory=lambda: defaultdict(list))
    #: How many initiatives wait for them to be mended.
    returned: dict[int, Changes[int]] = field(default_factory=lambda: defaultdict(list))
    submitted: dict[int, datetime] = field(default_factory=dict)
    #: (unit, role) that somebody holds.
    roles: dict[int, Changes[frozenset[tuple[int, str]]]] = field(default_factory=lambda: defaultdict(list))
    ideas: dict[int, Idea] = field(default_factory=dict)
    drives: dict[int, Drive] = field(default_factory=dict)
    days_off: Changes[frozenset[date]] = field(default_factory=list)
    #: The moments at which the bot looked at what is due.
    looks: list[datetime] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)

    def is_below(self, unit: int, top: int, moment: datetime) -> bool:
        """Whether a unit stood in a subtree."""
        parents = at(self.parents, moment, {})
        here: int | None = unit
        while here is not None:
            if here == top:
                return True
            here = parents.get(here)
        return False


#: The steps of the two templates as they are agreed on: kind, for whom, on which day, hour.
WEEK: dict[str, tuple[str, str, str, int, time]] = {
    "opening": ("opening", "workers", "first", 0, time(8)),
    "first_days": ("first_days", "silent", "after", 1, time(11, 30)),
    "unfinished": ("unfinished", "unfinished", "after", 2, time(11, 30)),
    "middle": ("middle", "silent", "middle", 0, time(11, 30)),
    "three_left": ("three_left", "silent", "before", 2, time(11, 30)),
    "unfinished_again": ("unfinished", "unfinished", "before", 1, time(11, 30)),
    "last_day": ("last_day", "silent", "last", 0, time(9)),
    "team": ("team", "support", "each", 1, time(7, 30)),
    "officers": ("officers", "officers", "each", 1, time(19)),
    "report": ("report", "officers", "over", 0, time(8)),
    "result": ("result", "all", "over", 0, time(9)),
}
MONTH = {
    **WEEK,
    "first_days": ("first_days", "silent", "after", 7, time(11, 30)),
    "unfinished": ("unfinished", "unfinished", "after", 10, time(11, 30)),
    "unfinished_again": ("unfinished", "unfinished", "before", 7, time(11, 30)),
    "team": ("team", "support", "each", 7, time(7, 30)),
    "officers": ("officers", "officers", "each", 7, time(19)),
}
