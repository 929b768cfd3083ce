"""The plan of a campaign: from its kind, its days and its steps to the moments at which something is sent.

Pure: the same campaign gives the same moments, so that a plan can be shown before it starts, kept as rows, and made
again after a change.
"""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from bot.quiet_hours import at_local
from storage.campaigns.tables import CampaignKind


class Whom(enum.StrEnum):
    """Whom a step is for."""

    #: Everybody who works: neither of a support team nor an officer of the campaign's units.
    WORKERS = "workers"
    #: Those of them who have not submitted in the phase.
    NOT_SUBMITTED = "not_submitted"
    #: Those of them with a draft, or an initiative that was returned.
    UNFINISHED = "unfinished"
    SUPPORT = "support"
    OFFICERS = "officers"
    ALL = "all"


class When(enum.StrEnum):
    """On which days of the campaign a step is taken."""

    #: Its first day, or the first after it that is no day off.
    FIRST = "first"
    #: The day that is ``offset`` days after the first.
    AFTER = "after"
    #: The day in the middle.
    MIDDLE = "middle"
    #: The day that is ``offset`` days before the last.
    BEFORE_END = "before_end"
    #: The last day, or the last before it that is no day off.
    LAST = "last"
    #: Every ``offset`` days from the first on.
    EACH = "each"
    #: The day after the last, or the first after that which is no day off.
    OVER = "over"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One message of a plan. Its sentences are found by ``kind``; ``key`` tells steps of one plan apart."""

    key: str
    kind: str
    whom: Whom
    when: When
    at: time
    offset: int = 0
    is_on: bool = True
    #: An officer's own words in place of the usual ones.
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        """As stored."""
        return {
            "key": self.key,
            "kind": self.kind,
            "whom": self.whom.value,
            "when": self.when.value,
            "at": self.at.isoformat("minutes"),
            "offset": self.offset,
            "is_on": self.is_on,
            "words": self.words,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        """Back from :meth:`to_json`."""
        return cls(
            **{
                **body,
                "whom": Whom(body["whom"]),
                "when": When(body["when"]),
                "at": time.fromisoformat(body["at"]),
            }
        )


_WEEK = (
    PlanStep("opening", "opening", Whom.WORKERS, When.FIRST, time(8)),
    PlanStep("first_days", "first_days", Whom.NOT_SUBMITTED, When.AFTER, time(11, 30), 1),
    PlanStep("unfinished", "unfinished", Whom.UNFINISHED, When.AFTER, time(11, 30), 2),
    PlanStep("middle", "middle", Whom.NOT_SUBMITTED, When.MIDDLE, time(11, 30)),
    PlanStep("three_left", "three_left", Whom.NOT_SUBMITTED, When.BEFORE_END, time(11, 30), 2),
    PlanStep("unfinished_again", "unfinished", Whom.UNFINISHED, When.BEFORE_END, time(11, 30), 1),
    PlanStep("last_day", "last_day", Whom.NOT_SUBMITTED, When.LAST, time(9)),
    PlanStep("team", "team", Whom.SUPPORT, When.EACH, time(7, 30), 1),
    PlanStep("officers", "officers", Whom.OFFICERS, When.EACH, time(19), 1),
    PlanStep("report", "report", Whom.OFFICERS, When.OVER, time(8)),
    PlanStep("result", "result", Whom.ALL, When.OVER, time(9)),
)

_MONTH = (
    PlanStep("opening", "opening", Whom.WORKERS, When.FIRST, time(8)),
    PlanStep("first_days", "first_days", Whom.NOT_SUBMITTED, When.AFTER, time(11, 30), 7),
    PlanStep("unfinished", "unfinished", Whom.UNFINISHED, When.AFTER, time(11, 30), 10),
    PlanStep("middle", "middle", Whom.NOT_SUBMITTED, When.MIDDLE, time(11, 30)),
    PlanStep("unfinished_again", "unfinished", Whom.UNFINISHED, When.BEFORE_END, time(11, 30), 7),
    PlanStep("three_left", "three_left", Whom.NOT_SUBMITTED, When.BEFORE_END, time(11, 30), 2),
    PlanStep("last_day", "last_day", Whom.NOT_SUBMITTED, When.LAST, time(9)),
    PlanStep("team", "team", Whom.SUPPORT, When.EACH, time(7, 30), 7),
    PlanStep("officers", "officers", Whom.OFFICERS, When.EACH, time(19), 7),
    PlanStep("report", "report", Whom.OFFICERS, When.OVER, time(8)),
    PlanStep("result", "result", Whom.ALL, When.OVER, time(9)),
)

#: How far a step can be moved, in days, by when it is taken; the others stand at a day of their own.
OFFSETS = {When.AFTER: (1, 60), When.BEFORE_END: (1, 60), When.EACH: (1, 31)}

#: A message makes sense until the evening of its day; an opening for one day more, a result for two.
_DAY_ENDS = time(21)
_LASTS = {When.FIRST: timedelta(days=1), When.OVER: timedelta(days=2)}


def template(kind: CampaignKind) -> tuple[PlanStep, ...]:
    """The usual steps of a peak week or month; an officer changes them."""
    return _WEEK if kind is CampaignKind.PEAK_WEEK else _MONTH


def usual_end(kind: CampaignKind, starts: date) -> date:
    """The last day of a campaign that begins on a day: seven days, or until the day before a month later."""
    if kind is CampaignKind.PEAK_WEEK:
        return starts + timedelta(days=6)
    following = (starts.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (following + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return following.replace(day=min(starts.day, last.day)) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """One moment of a plan: a step on a day. ``key`` tells it from what was begun before a change of the plan."""

    key: str
    step: PlanStep
    day: date
    due_at: datetime
    until: datetime


def moments(
    steps: Sequence[PlanStep], starts: date, ends: date, off: Collection[date]
) -> tuple[Planned, ...]:
    """All moments of a plan in order. Days off have none; of steps to workers one a day is kept.

    Raises ValueError for days in the wrong order.
    """
    if ends < starts:
        raise ValueError("a campaign ends on or after the day it starts")
    found: list[Planned] = []
    for step in steps:
        if step.is_on:
            found += [_planned(step, day) for day in _days(step, starts, ends, off)]
    # To the same people one a day; what opens or closes a campaign is worth more than what reminds of it.
    first: dict[date, Planned] = {}
    for one in sorted(found, key=lambda each: (_weight(each.step), each.due_at)):
        if one.step.whom in _TO_WORKERS:
            first.setdefault(one.day, one)
    chosen = [one for one in found if one.step.whom not in _TO_WORKERS or first[one.day] is one]
    return tuple(sorted(chosen, key=lambda one: (one.due_at, one.key)))


_TO_WORKERS = (Whom.WORKERS, Whom.NOT_SUBMITTED, Whom.UNFINISHED)
#: Steps that a change may bring back on another day: a campaign that lasts longer has another last day.
_ANEW = (When.EACH, When.BEFORE_END, When.LAST)


def _weight(step: PlanStep) -> int:
    return {When.FIRST: 0, When.LAST: 0, When.BEFORE_END: 1, When.MIDDLE: 2}.get(step.when, 3)


def _planned(step: PlanStep, day: date) -> Planned:
    key = f"{step.key}:{day.isoformat()}" if step.when in _ANEW else step.key
    until = at_local(day, _DAY_ENDS) + _LASTS.get(step.when, timedelta(0))
    if step.at >= _DAY_ENDS:
        until = at_local(day + timedelta(days=1), time(0))
    return Planned(key, step, day, at_local(day, step.at), until)


def _days(step: PlanStep, starts: date, ends: date, off: Collection[date]) -> list[date]:
    days = [starts + timedelta(days=at) for at in range((ends - starts).days + 1)]
    working = [day for day in days if day not in off]
    match step.when:
        case When.FIRST:
            return working[:1]
        case When.LAST:
            # A campaign of a single day is opened, not ended in the same breath.
            return working[-1:] if len(working) > 1 else []
        case When.EACH:
            return [day for at, day in enumerate(days) if at % max(step.offset, 1) == 0 and day not in off]
        case When.OVER:
            day = ends + timedelta(days=1)
            while day in off:
                day += timedelta(days=1)
            return [day]
        case When.AFTER:
            one = starts + timedelta(days=step.offset)
        case When.MIDDLE:
            one = starts + timedelta(days=len(days) // 2)
        case _:
            one = ends - timedelta(days=step.offset)
    return [one] if starts < one < ends and one not in off else []


def changed(steps: Sequence[PlanStep], key: str, **values: Any) -> tuple[PlanStep, ...]:  # noqa: ANN401 - a step's fields
    """The steps with one of them changed."""
    return tuple(replace(step, **values) if step.key == key else step for step in steps)
