"""What the campaigns of a simulated month owed: their plans made anew, from the words in which they were agreed on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.services.campaigns.month.history import MONTH, WEEK, Drive, History, Turned, at
from tests.services.campaigns.month.known import HERE

#: Steps that a change does not bring back once they were begun.
_ONCE = ("opening", "first_days", "unfinished", "middle", "report", "result")


@dataclass(frozen=True, slots=True)
class Due:
    """A message that a campaign owes: to whom, from when, and until when it makes sense."""

    drive: int
    step: str
    kind: str
    whom: str
    day: date
    due: datetime
    until: datetime
    #: When it was decided on, or changed to this, last.
    since: datetime


class Owed:
    """The messages of all campaigns, with each decision and each change of the calendar from its moment on."""

    def __init__(self, history: History, end: datetime) -> None:
        self._history = history
        self._end = end

    def all(self) -> Iterator[Due]:
        """What all campaigns owed, with each decision and each change of the calendar from its moment on."""
        for drive in self._history.drives.values():
            template = MONTH if drive.kind == "peak_month" else WEEK
            changes = sorted(
                {
                    *(turn.moment for turn in drive.turns),
                    *(when for when, _ in self._history.days_off if when > drive.turns[0].moment),
                }
            )
            begun: set[str] = set()
            for place, when in enumerate(changes):
                turns = [turn for turn in drive.turns if turn.moment <= when]
                if any(
                    turn.what == "end" and turn.moment.astimezone(HERE).date() < drive.starts
                    for turn in turns
                ):
                    break  # taken back before its first day
                following = changes[place + 1] if place + 1 < len(changes) else self._end
                planned = list(
                    self._planned(drive, template, turns, at(self._history.days_off, when, frozenset()))
                )
                for one in planned:
                    if one.step in begun or one.until <= when:
                        continue
                    # What falls due in an hour without the bot is found at the first look after it.
                    if one.due < following or following == self._end:
                        if one.due < when and place and self._was_begun(drive, changes, place, one):
                            continue
                        yield one
                        if one.step in _ONCE:
                            begun.add(one.step)

    def _was_begun(self, drive: Drive, changes: Sequence[datetime], place: int, one: Due) -> bool:
        """Whether the same message on the same day was begun under an earlier plan."""
        template = MONTH if drive.kind == "peak_month" else WEEK
        for earlier, when in enumerate(changes[:place]):
            turns = [turn for turn in drive.turns if turn.moment <= when]
            off = at(self._history.days_off, when, frozenset())
            for before in self._planned(drive, template, turns, off):
                if (before.step, before.day) == (one.step, one.day) and before.due < changes[earlier + 1]:
                    return True
        return False

    def _planned(
        self,
        drive: Drive,
        template: Mapping[str, tuple[str, str, str, int, time]],
        turns: Sequence[Turned],
        off: frozenset[date],
    ) -> Iterator[Due]:
        ends, hours, left_out = drive.ends, {key: step[4] for key, step in template.items()}, set()
        for turn in turns:
            match turn.what:
                case "off":
                    left_out.add(turn.step)
                case "at":
                    hours[turn.step] = turn.value
                case "ends":
                    ends = turn.value
                case "end":
                    ends = turn.moment.astimezone(HERE).date()
        days = [drive.starts + timedelta(days=number) for number in range((ends - drive.starts).days + 1)]
        working = [day for day in days if day not in off]
        over = ends + timedelta(days=1)
        while over in off:
            over += timedelta(days=1)
        chosen: dict[str, list[date]] = {}
        for key, (_, _, rule, number, _) in template.items():
            inner = {
                "after": drive.starts + timedelta(days=number),
                "middle": drive.starts + timedelta(days=len(days) // 2),
                "before": ends - timedelta(days=number),
            }.get(rule)
            if rule == "first":
                chosen[key] = working[:1]
            elif rule == "last":
                chosen[key] = working[1:][-1:]
            elif rule == "each":
                chosen[key] = [day for day in days[::number] if day not in off]
            elif rule == "over":
                chosen[key] = [over]
            else:
                chosen[key] = [inner] if inner in working and drive.starts < inner < ends else []
        # Workers get one of a campaign's messages a day: its opening and its end before all others, then those that
        # count down, then the middle.
        rank = ["opening", "last_day", "unfinished_again", "three_left", "middle", "first_days", "unfinished"]
        rank.sort(
            key=lambda key: (
                {"opening": 0, "last_day": 0, "three_left": 1, "unfinished_again": 1, "middle": 2}.get(
                    key, 3
                ),
                hours[key],
            )
        )
        taken: set[date] = set()
        for key in rank:
            if key in left_out:
                chosen[key] = []
            chosen[key] = [day for day in chosen[key] if day not in taken]
            taken.update(chosen[key])
        for key, those in chosen.items():
            kind, whom, rule, _, _ = template[key]
            more = {"first": 1, "over": 2}.get(rule, 0)
            for day in those if key not in left_out else ():
                until = datetime.combine(day + timedelta(days=more), time(21), HERE)
                yield Due(
                    drive.number,
                    key,
                    kind,
                    whom,
                    day,
                    datetime.combine(day, hours[key], HERE),
                    until,
                    turns[-1].moment,
                )
