"""What was so at a moment of a simulated month: who slept, who was in a form, whom a message was for."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

from tests.services.campaigns.month.history import History, at

#: Where the units are; there is no summer time there.
HERE = timezone(timedelta(hours=7))
_MINUTE = timedelta(minutes=1)
#: When each shift sleeps, in minutes of the day.
_SLEEP = {"morning": (20 * 60, 5 * 60), "afternoon": (0, 8 * 60 + 30), "night": (6 * 60 + 30, 13 * 60 + 30)}
_NIGHT = (21 * 60, 7 * 60)
_FORM_IDLE = timedelta(minutes=30)


def day_of(moment: datetime) -> date:
    return moment.astimezone(HERE).date()


def _sleeps(shift: str | None, moment: datetime) -> bool:
    local = moment.astimezone(HERE)
    minute = local.hour * 60 + local.minute
    spans = [_NIGHT, *([_SLEEP[shift]] if shift in _SLEEP else [])]
    return any(
        first <= minute < last if first < last else minute >= first or minute < last for first, last in spans
    )


class Known:
    """A history, asked about its people."""

    def __init__(self, history: History, refused: Mapping[int, Sequence[datetime]]) -> None:
        """``refused``: by person, when a message was refused because they block the bot."""
        self._history = history
        self._refused = refused
        self._ideas: dict[int, list[int]] = defaultdict(list)
        for number, idea in history.ideas.items():
            self._ideas[idea.unit].append(number)

    def looks(self, first: datetime, last: datetime) -> Sequence[datetime]:
        """The bot's looks between two moments, both included."""
        looks = self._history.looks
        return looks[bisect_left(looks, first) : bisect_right(looks, last)]

    def is_meant(self, person: int, top: int, whom: str, moment: datetime) -> bool:
        history = self._history
        if person in history.gone and history.gone[person] <= moment:
            return False
        held = {
            role
            for unit, role in at(history.roles[person], moment, frozenset())
            if history.is_below(unit, top, moment)
        }
        if whom == "officers":
            return "officer" in held
        if whom == "support":
            return held == {"support"}
        if not history.is_below(history.unit_of[person], top, moment):
            return False
        if whom == "all":
            return True
        if held:
            return False
        if whom == "silent":
            return not (person in history.submitted and history.submitted[person] <= moment)
        if whom == "unfinished":
            return (
                at(history.draft[person], moment, before=False)
                or at(history.form[person], moment, before=False)
                or at(history.returned[person], moment, 0) > 0
            )
        return True

    def is_known_blocked(self, person: int, moment: datetime) -> bool:
        """Whether a message was refused before a moment, and they have not written since."""
        refused = self._refused[person]
        place = bisect_left(refused, moment)
        if not place:
            return False
        wrote = self._history.wrote[person]
        return bisect_right(wrote, moment) == bisect_right(wrote, refused[place - 1])

    def is_asleep(self, person: int, moment: datetime) -> bool:
        return _sleeps(at(self._history.shift[person], moment, None), moment)

    def awake(self, person: int, moment: datetime) -> datetime:
        """When somebody may be written to again, as far as is known of their shift at a moment."""
        shift = at(self._history.shift[person], moment, None)
        while _sleeps(shift, moment):
            moment += _MINUTE
        return moment

    def busy_until(self, person: int, moment: datetime) -> datetime | None:
        """Until when a form counts as being filled in, if it does at a moment."""
        changes = self._history.form[person]
        place = bisect_right(changes, moment, key=lambda one: one[0])
        if not place or not changes[place - 1][1]:
            return None
        until = changes[place - 1][0] + _FORM_IDLE
        return until if moment < until else None

    def waits_nothing(self, person: int, campaign: int, moment: datetime) -> bool:
        """Whether nothing waited for a team at a moment, in the widest of its units."""
        history, top = self._history, self._history.drives[campaign].unit
        units = [
            unit
            for unit, _ in at(history.roles[person], moment, frozenset())
            if history.is_below(unit, top, moment)
        ]
        return not any(
            at(history.ideas[number].waiting, moment, before=False)
            for unit in units
            for inner, numbers in self._ideas.items()
            if history.is_below(inner, unit, moment)
            for number in numbers
        )
