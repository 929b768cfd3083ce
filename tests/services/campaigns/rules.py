"""An independent pass over what was sent in a simulated month: each rule, held against every single person.

It reads what really happened (:class:`History`), what left for whom, and at the end the rows that say what became of
each message. It shares no code with the rules that the bot goes by; what they forbid is written down here again, as
plainly as possible, from the words in which they were agreed on.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

from sqlalchemy import select

from storage.engine import Database
from storage.mailings.tables import Delivery, Mailing
from tests.services.campaigns.history import MONTH, WEEK, Attempt, Drive, History, Turned, at

#: Where the units are; there is no summer time there.
HERE = timezone(timedelta(hours=7))
_MINUTE = timedelta(minutes=1)
#: When each shift sleeps, in minutes of the day.
_SLEEP = {"morning": (20 * 60, 5 * 60), "afternoon": (0, 8 * 60 + 30), "night": (6 * 60 + 30, 13 * 60 + 30)}
_NIGHT = (21 * 60, 7 * 60)
_FORM_IDLE = timedelta(minutes=30)
#: What another message keeps from leaving looks again after so long.
_ASKED_AGAIN = timedelta(minutes=15)
_MARKS = {
    "🚀": "opening", "💡": "first_days", "✍": "unfinished", "⏳": "middle", "⏰": "three_left", "🔔": "last_day",
    "🎉": "result", "📊": "officers", "🏁": "report", "📥": "team",
}  # fmt: skip
#: Steps that a change does not bring back once they were begun.
_ONCE = ("opening", "first_days", "unfinished", "middle", "report", "result")


@dataclass(frozen=True, slots=True)
class Row:
    """A message of a campaign as the bot's table has it at the end."""

    number: int
    drive: int
    kind: str
    step: str
    state: str
    reason: str | None
    due: datetime
    started: datetime | None
    counts: Mapping[str, int]
    total: int


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


@dataclass(slots=True)
class Verdict:
    """What the pass found."""

    #: By rule, with some examples.
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    arrived: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skipped_mailings: Counter[str] = field(default_factory=Counter)
    people: int = 0

    def against(self, rule: str, example: str) -> None:
        self.violations[rule] += 1
        if len(self.examples[rule]) < 5:
            self.examples[rule].append(example)

    def __str__(self) -> str:
        return "\n".join(
            f"{rule}: {number}\n  " + "\n  ".join(self.examples[rule])
            for rule, number in self.violations.most_common()
        )


async def rows_of(database: Database) -> tuple[list[Row], dict[int, dict[int, tuple[str, str | None]]]]:
    """The bot's rows at the end: its campaigns' messages, and by message and person what became of it."""
    deliveries: dict[int, dict[int, tuple[str, str | None]]] = defaultdict(dict)
    async with database.read() as session:
        rows = [
            Row(
                one.id, one.campaign_id or 0, one.kind, one.details["step"], one.state.value, one.reason,
                one.due_at, one.started_at,
                {name: getattr(one, name) for name in ("sent", "blocked", "failed", "uncertain", "skipped")},
                one.total,
            )
            for one in await session.scalars(select(Mailing).where(Mailing.campaign_id.is_not(None)))
        ]  # fmt: skip
        found = await session.execute(
            select(Delivery.mailing_id, Delivery.person_id, Delivery.state, Delivery.error)
        )
        for mailing, person, state, error in found:
            deliveries[mailing][person] = state.value, error
    return rows, deliveries


class Pass:
    """Holds all rules against a history."""

    def __init__(
        self,
        history: History,
        rows: Sequence[Row],
        deliveries: Mapping[int, Mapping[int, tuple[str, str | None]]],
        end: datetime,
    ) -> None:
        self._history = history
        self._rows = {row.number: row for row in rows}
        self._deliveries = deliveries
        self._end = end
        self._verdict = Verdict(people=len(history.unit_of))
        self._attempts: dict[int, list[Attempt]] = defaultdict(list)
        self._refused: dict[int, list[datetime]] = defaultdict(list)
        for one in history.attempts:
            self._attempts[one.person].append(one)
            if one.outcome == "blocked":
                self._refused[one.person].append(one.moment)
        self._ideas: dict[int, list[int]] = defaultdict(list)
        for number, idea in history.ideas.items():
            self._ideas[idea.unit].append(number)

    def run(self) -> Verdict:
        """Everything."""
        self._each_person()
        self._each_attempt()
        self._each_due()
        self._each_row()
        return self._verdict

    # ------------------------------------------------------------ what may never be

    def _each_person(self) -> None:
        for person, attempts in self._attempts.items():
            days: Counter[date] = Counter()
            mailings: Counter[int] = Counter()
            for one in attempts:
                if one.outcome in ("arrived", "uncertain"):
                    days[_day(one.moment)] += 1
                    mailings[one.mailing] += 1
            for day, number in days.items():
                if number > 1:
                    self._verdict.against("one a day", f"person {person}: {number} on {day}")
            for mailing, number in mailings.items():
                if number > 1:
                    self._verdict.against(
                        "nothing twice", f"person {person}: message {mailing} {number} times"
                    )
            let_in = [datetime.min.replace(tzinfo=UTC), *self._history.wrote[person]]
            refused = Counter(bisect_right(let_in, moment) for moment in self._refused[person])
            for number in refused.values():
                if number > 1:
                    self._verdict.against("none to who blocked", f"person {person}: {number} tries")

    def _each_attempt(self) -> None:
        history, against = self._history, self._verdict.against
        dues = {(one.drive, one.step, one.day): one for one in self._dues()}
        for one in history.attempts:
            row = self._rows[one.mailing]
            where = (
                f"person {one.person}, {row.step} of {row.drive}, {one.moment.astimezone(HERE):%d/%m %H:%M}"
            )
            if _MARKS.get(one.mark) != row.kind:
                against("the words are of its kind", where)
            if one.outcome == "arrived":
                self._verdict.arrived[row.kind] += 1
            if self._is_asleep(one.person, one.moment):
                against("none at night or asleep", where)
            if _day(one.moment) in at(history.days_off, one.moment, frozenset()):
                against("none on days off", where)
            if at(history.stopped[one.person], one.moment, before=False):
                against("none after stop", where)
            if one.person in history.gone and history.gone[one.person] <= one.moment:
                against("none to who left", where)
            if self._busy_until(one.person, one.moment) is not None:
                against("none in a form", where)
            drive = history.drives[row.drive]
            if at(drive.paused, one.moment, before=False):
                against("none while paused", where)
            due = dues.get((row.drive, row.step, _day(row.due)))
            if due is None:
                against("only what the plan says", where)
            else:
                if not due.due <= one.moment < due.until:
                    against("at its time", where)
                if not self._is_meant(one.person, drive.unit, due.whom, one.moment):
                    against("only to whom it is for", where)

    # ------------------------------------------------------------ what must be

    def _each_due(self) -> None:
        """Every message that was owed was begun, or says why not; and every person of it got it, or a reason."""
        found: dict[tuple[int, str, date], Row] = {}
        for row in self._rows.values():
            if row.state == "cancelled" and row.started is None:
                continue
            key = (row.drive, row.step, _day(row.due))
            if key in found:
                self._verdict.against("planned once", f"{key}")
            found[key] = row
        for due in self._dues():
            key = (due.drive, due.step, due.day)
            one = found.pop(key, None)
            where = f"{due.step} of {due.drive} on {due.day}"
            if one is None:
                self._verdict.against("nothing is forgotten", where)
                continue
            self._begun(due, one, where)
        for key, row in found.items():
            self._verdict.against("only what the plan says", f"{key} is {row.state}")

    def _begun(self, due: Due, row: Row, where: str) -> None:
        against, drive = self._verdict.against, self._history.drives[due.drive]
        look = next(
            (
                one
                for one in self._looks(max(due.due, due.since), self._end)
                if not at(drive.paused, one, before=False)
            ),
            None,
        )
        if row.state == "skipped" and row.started is None:
            self._verdict.skipped_mailings[row.reason or "?"] += 1
            is_so = {
                "late": look is not None and look >= due.until,
                "paused": look is None and at(drive.paused, self._end, before=False),
                "day_off": look is not None and _day(look) in at(self._history.days_off, look, frozenset()),
            }.get(row.reason or "", False)
            if not is_so:
                against("a skipped message has its reason", f"{where}: {row.reason}")
            return
        # What was under way when a campaign was ended, or ended while it was paused, stops there and says so.
        stopped = (row.state, row.reason) == ("skipped", "paused") and at(
            drive.paused, self._end, before=False
        )
        ended = row.state == "cancelled" and any(turn.what == "end" for turn in drive.turns)
        if row.state != "done" and not stopped and not ended:
            against("everything comes to an end", f"{where}: {row.state}")
            return
        if look is None or row.started != look or look >= due.until:
            against("begun at the first look", f"{where}: {row.started}, not {look}")
            return
        self._everybody(due, row, look, where)

    def _everybody(self, due: Due, row: Row, start: datetime, where: str) -> None:
        """Whoever it was for when it began has a row, and the row is true."""
        history, against = self._history, self._verdict.against
        rows, unit = self._deliveries.get(row.number, {}), history.drives[due.drive].unit
        for person in history.unit_of:
            wanted = (
                self._is_meant(person, unit, due.whom, start)
                and not at(history.stopped[person], start, before=False)
                and not self._is_known_blocked(person, start)
            )
            has = rows.get(person)
            if has is None and wanted:
                against("nobody is forgotten", f"person {person}, {where}")
            elif has is not None and not wanted:
                against("only to whom it is for", f"person {person}, {where} has a row: {has}")
            elif has is not None:
                problem = self._is_untrue(person, due, row, start, *has)
                if problem is not None:
                    against("what a row says is so", f"person {person}, {where}: {has}, but {problem}")
        if len(rows) != row.total:
            against("counts are right", f"{where}: {row.total} of {len(rows)}")

    def _is_untrue(
        self, person: int, due: Due, row: Row, start: datetime, state: str, error: str | None
    ) -> str | None:
        """Why a row cannot be right; None when it can."""
        mine = [one for one in self._attempts[person] if one.mailing == row.number]
        outcomes = Counter(one.outcome for one in mine)
        if state not in ("sent", "pending"):
            self._verdict.reasons[error or state] += 1
        if state == "pending" and row.state in ("cancelled", "skipped"):
            self._verdict.reasons[row.reason or "?"] += 1
            return None
        if state in ("pending", "sending"):
            return "it never came to an end"
        last = next(iter(self._looks(due.until, self._end)), self._end)
        expected = {
            ("sent", None): ("arrived", 1), ("uncertain", "no_answer"): ("uncertain", 1),
            ("failed", "refused"): ("rejected", 1), ("failed", "not_sent"): ("not_sent", 8),
        }.get((state, error))  # fmt: skip
        if expected is not None:
            # It left when it was tried last; before that something stood against it at every look.
            if outcomes[expected[0]] != expected[1]:
                return f"{dict(outcomes)} happened"
            last = mine[-1].moment
        for look in self._looks(start, last):
            if look == last and expected is not None:
                return None
            if expected is None and self._holds(person, due, row, error or "", look):
                return None
            if not self._hindered(person, due, row, look):
                return f"nothing stood against it at {look.astimezone(HERE):%d/%m %H:%M}"
        return "there was no reason for it"

    def _holds(self, person: int, due: Due, row: Row, reason: str, look: datetime) -> bool:
        """Whether at a look there was this reason to give a message up."""
        history, drive = self._history, self._history.drives[due.drive]
        match reason:
            case "nowhere":
                return self._is_known_blocked(person, look + _MINUTE)
            case "left":
                return person in history.gone and history.gone[person] <= look
            case "stopped":
                return at(history.stopped[person], look, before=False)
            case "no_longer":
                return not self._is_meant(person, drive.unit, due.whom, look)
            case "one_a_day":
                return any(
                    one.mailing != row.number
                    and one.outcome in ("arrived", "uncertain")
                    and _day(one.moment) == _day(look)
                    and one.moment <= look
                    for one in self._attempts[person]
                )
            case "asleep":
                return self._awake(person, look) >= due.until
            case "busy":
                return (self._busy_until(person, look) or look) >= due.until
            case "late":
                # Or it would be by the time at which another message is certain to leave them the day.
                return look >= due.until or (
                    look + _ASKED_AGAIN >= due.until and self._hindered(person, due, row, look)
                )
            case "day_off":
                return _day(look) in at(history.days_off, look, frozenset())
            case "paused":
                return at(drive.paused, self._end, before=False)
            case "nothing":
                return self._waits_nothing(person, due, look)
        return False

    def _hindered(self, person: int, due: Due, row: Row, look: datetime) -> bool:
        """Whether something stood against a message at a look, for which it was right to wait."""
        history = self._history
        if self._is_asleep(person, look):
            return True
        # A message that waits for a form, or for the day after one off, comes back at that time and no sooner.
        first = max(due.due, due.since)
        if len(history.shift[person]) > 1 and any(
            self._awake(person, one) > look for one in self._looks(first, look)
        ):
            return True  # so does one that waited for the end of a shift's sleep, though the shift has changed since
        if any((self._busy_until(person, one) or one) > look for one in self._looks(first, look)):
            return True
        if at(history.drives[due.drive].paused, look, before=False):
            return True
        if _day(look) in at(history.days_off, look, frozenset()):
            return True
        for one in self._attempts[person]:
            if one.mailing == row.number and one.moment <= look:
                if one.outcome == "later" and one.until is not None and look < one.until:
                    return True
                if one.moment == look:
                    return True  # it was tried at this very look
            elif (
                one.mailing != row.number
                and _day(one.moment) == _day(look)
                and (one.outcome in ("later", "not_sent") or timedelta(0) <= look - one.moment < _ASKED_AGAIN)
            ):
                # Another message of the same day was on its way, and could still leave them the day.
                return True
        return False

    def _each_row(self) -> None:
        for row in self._rows.values():
            states = Counter(
                state for state, _ in self._deliveries.get(row.number, {}).values() if state != "pending"
            )
            if {name: number for name, number in row.counts.items() if number} != dict(states):
                self._verdict.against(
                    "counts are right", f"message {row.number}: {row.counts}, rows {dict(states)}"
                )
        for attempt in self._history.attempts:
            if attempt.person not in self._deliveries.get(attempt.mailing, {}):
                self._verdict.against("only to whom it is for", f"person {attempt.person} has no row")

    # ------------------------------------------------------------ the plan, made anew

    def _dues(self) -> Iterator[Due]:
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

    # ------------------------------------------------------------ people

    def _looks(self, first: datetime, last: datetime) -> Sequence[datetime]:
        """The bot's looks between two moments, both included."""
        looks = self._history.looks
        return looks[bisect_left(looks, first) : bisect_right(looks, last)]

    def _is_meant(self, person: int, top: int, whom: str, moment: datetime) -> bool:
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

    def _is_known_blocked(self, person: int, moment: datetime) -> bool:
        """Whether a message was refused before a moment, and they have not written since."""
        refused = self._refused[person]
        place = bisect_left(refused, moment)
        if not place:
            return False
        wrote = self._history.wrote[person]
        return bisect_right(wrote, moment) == bisect_right(wrote, refused[place - 1])

    def _is_asleep(self, person: int, moment: datetime) -> bool:
        return _sleeps(at(self._history.shift[person], moment, None), moment)

    def _awake(self, person: int, moment: datetime) -> datetime:
        """When somebody may be written to again, as far as is known of their shift at a moment."""
        shift = at(self._history.shift[person], moment, None)
        while _sleeps(shift, moment):
            moment += _MINUTE
        return moment

    def _busy_until(self, person: int, moment: datetime) -> datetime | None:
        """Until when a form counts as being filled in, if it does at a moment."""
        changes = self._history.form[person]
        place = bisect_right(changes, moment, key=lambda one: one[0])
        if not place or not changes[place - 1][1]:
            return None
        until = changes[place - 1][0] + _FORM_IDLE
        return until if moment < until else None

    def _waits_nothing(self, person: int, due: Due, moment: datetime) -> bool:
        """Whether nothing waited for a team at a moment, in the widest of its units."""
        history, top = self._history, self._history.drives[due.drive].unit
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


def _day(moment: datetime) -> date:
    return moment.astimezone(HERE).date()


def _sleeps(shift: str | None, moment: datetime) -> bool:
    local = moment.astimezone(HERE)
    minute = local.hour * 60 + local.minute
    spans = [_NIGHT, *([_SLEEP[shift]] if shift in _SLEEP else [])]
    return any(
        first <= minute < last if first < last else minute >= first or minute < last for first, last in spans
    )
