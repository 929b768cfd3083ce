"""An independent pass over what was sent in a simulated month: each rule, held against every single person.

It reads what really happened (:class:`History`), what left for whom, and at the end the rows that say what became of
each message. It shares no code with the rules that the bot goes by; what they forbid is written down here again, as
plainly as possible, from the words in which they were agreed on.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from tests.services.campaigns.month.history import Attempt, History, at
from tests.services.campaigns.month.known import HERE, Known, day_of
from tests.services.campaigns.month.owed import Due, Owed
from tests.services.campaigns.month.rows import Findings, SentRow

_MINUTE = timedelta(minutes=1)
#: What another message keeps from leaving looks again after so long.
_ASKED_AGAIN = timedelta(minutes=15)
_MARKS = {
    "🚀": "opening", "💡": "first_days", "✍": "unfinished", "⏳": "middle", "⏰": "three_left", "🔔": "last_day",
    "🎉": "result", "📊": "officers", "🏁": "report", "📥": "team",
}  # fmt: skip


class RulePass:
    """MayHold all rules against a history."""

    def __init__(
        self,
        history: History,
        rows: Sequence[SentRow],
        deliveries: Mapping[int, Mapping[int, tuple[str, str | None]]],
        end: datetime,
    ) -> None:
        self._history = history
        self._rows = {row.number: row for row in rows}
        self._deliveries = deliveries
        self._end = end
        self._findings = Findings(people=len(history.unit_of))
        self._attempts: dict[int, list[Attempt]] = defaultdict(list)
        self._refused: dict[int, list[datetime]] = defaultdict(list)
        for one in history.attempts:
            self._attempts[one.person].append(one)
            if one.outcome == "blocked":
                self._refused[one.person].append(one.moment)
        self._known = Known(history, self._refused)
        self._owed = Owed(history, end)

    def run(self) -> Findings:
        """Everything."""
        self._each_person()
        self._each_attempt()
        self._each_due()
        self._each_row()
        return self._findings

    # ------------------------------------------------------------ what may never be

    def _each_person(self) -> None:
        for person, attempts in self._attempts.items():
            days: Counter[date] = Counter()
            mailings: Counter[int] = Counter()
            for one in attempts:
                if one.outcome in ("arrived", "uncertain"):
                    days[day_of(one.moment)] += 1
                    mailings[one.mailing] += 1
            for day, number in days.items():
                if number > 1:
                    self._findings.against("one a day", f"person {person}: {number} on {day}")
            for mailing, number in mailings.items():
                if number > 1:
                    self._findings.against(
                        "nothing twice", f"person {person}: message {mailing} {number} times"
                    )
            let_in = [datetime.min.replace(tzinfo=UTC), *self._history.wrote[person]]
            refused = Counter(bisect_right(let_in, moment) for moment in self._refused[person])
            for number in refused.values():
                if number > 1:
                    self._findings.against("none to who blocked", f"person {person}: {number} tries")

    def _each_attempt(self) -> None:
        history, against = self._history, self._findings.against
        dues = {(one.drive, one.step, one.day): one for one in self._owed.all()}
        for one in history.attempts:
            row = self._rows[one.mailing]
            where = (
                f"person {one.person}, {row.step} of {row.drive}, {one.moment.astimezone(HERE):%d/%m %H:%M}"
            )
            if _MARKS.get(one.mark) != row.kind:
                against("the words are of its kind", where)
            if one.outcome == "arrived":
                self._findings.arrived[row.kind] += 1
            if self._known.is_asleep(one.person, one.moment):
                against("none at night or asleep", where)
            if day_of(one.moment) in at(history.days_off, one.moment, frozenset()):
                against("none on days off", where)
            if at(history.stopped[one.person], one.moment, before=False):
                against("none after stop", where)
            if one.person in history.gone and history.gone[one.person] <= one.moment:
                against("none to who left", where)
            if self._known.busy_until(one.person, one.moment) is not None:
                against("none in a form", where)
            drive = history.drives[row.drive]
            if at(drive.paused, one.moment, before=False):
                against("none while paused", where)
            due = dues.get((row.drive, row.step, day_of(row.due)))
            if due is None:
                against("only what the plan says", where)
            else:
                if not due.due <= one.moment < due.until:
                    against("at its time", where)
                if not self._known.is_meant(one.person, drive.unit, due.whom, one.moment):
                    against("only to whom it is for", where)

    # ------------------------------------------------------------ what must be

    def _each_due(self) -> None:
        """Every message that was owed was begun, or says why not; and every person of it got it, or a reason."""
        found: dict[tuple[int, str, date], SentRow] = {}
        for row in self._rows.values():
            if row.state == "cancelled" and row.started is None:
                continue
            key = (row.drive, row.step, day_of(row.due))
            if key in found:
                self._findings.against("planned once", f"{key}")
            found[key] = row
        for due in self._owed.all():
            key = (due.drive, due.step, due.day)
            one = found.pop(key, None)
            where = f"{due.step} of {due.drive} on {due.day}"
            if one is None:
                self._findings.against("nothing is forgotten", where)
                continue
            self._begun(due, one, where)
        for key, row in found.items():
            self._findings.against("only what the plan says", f"{key} is {row.state}")

    def _begun(self, due: Due, row: SentRow, where: str) -> None:
        against, drive = self._findings.against, self._history.drives[due.drive]
        look = next(
            (
                one
                for one in self._known.looks(max(due.due, due.since), self._end)
                if not at(drive.paused, one, before=False)
            ),
            None,
        )
        if row.state == "skipped" and row.started is None:
            self._findings.skipped_mailings[row.reason or "?"] += 1
            is_so = {
                "late": look is not None and look >= due.until,
                "paused": look is None and at(drive.paused, self._end, before=False),
                "day_off": look is not None and day_of(look) in at(self._history.days_off, look, frozenset()),
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

    def _everybody(self, due: Due, row: SentRow, start: datetime, where: str) -> None:
        """Whoever it was for when it began has a row, and the row is true."""
        history, against = self._history, self._findings.against
        rows, unit = self._deliveries.get(row.number, {}), history.drives[due.drive].unit
        for person in history.unit_of:
            wanted = (
                self._known.is_meant(person, unit, due.whom, start)
                and not at(history.stopped[person], start, before=False)
                and not self._known.is_known_blocked(person, start)
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
        self, person: int, due: Due, row: SentRow, start: datetime, state: str, error: str | None
    ) -> str | None:
        """Why a row cannot be right; None when it can."""
        mine = [one for one in self._attempts[person] if one.mailing == row.number]
        outcomes = Counter(one.outcome for one in mine)
        if state not in ("sent", "pending"):
            self._findings.reasons[error or state] += 1
        if state == "pending" and row.state in ("cancelled", "skipped"):
            self._findings.reasons[row.reason or "?"] += 1
            return None
        if state in ("pending", "sending"):
            return "it never came to an end"
        last = next(iter(self._known.looks(due.until, self._end)), self._end)
        expected = {
            ("sent", None): ("arrived", 1), ("uncertain", "no_answer"): ("uncertain", 1),
            ("failed", "refused"): ("rejected", 1), ("failed", "not_sent"): ("not_sent", 8),
        }.get((state, error))  # fmt: skip
        if expected is not None:
            # It left when it was tried last; before that something stood against it at every look.
            if outcomes[expected[0]] != expected[1]:
                return f"{dict(outcomes)} happened"
            last = mine[-1].moment
        for look in self._known.looks(start, last):
            if look == last and expected is not None:
                return None
            if expected is None and self._holds(person, due, row, error or "", look):
                return None
            if not self._hindered(person, due, row, look):
                return f"nothing stood against it at {look.astimezone(HERE):%d/%m %H:%M}"
        return "there was no reason for it"

    def _holds(self, person: int, due: Due, row: SentRow, reason: str, look: datetime) -> bool:
        """Whether at a look there was this reason to give a message up."""
        history, drive = self._history, self._history.drives[due.drive]
        match reason:
            case "nowhere":
                return self._known.is_known_blocked(person, look + _MINUTE)
            case "left":
                return person in history.gone and history.gone[person] <= look
            case "stopped":
                return at(history.stopped[person], look, before=False)
            case "no_longer":
                return not self._known.is_meant(person, drive.unit, due.whom, look)
            case "one_a_day":
                return any(
                    one.mailing != row.number
                    and one.outcome in ("arrived", "uncertain")
                    and day_of(one.moment) == day_of(look)
                    and one.moment <= look
                    for one in self._attempts[person]
                )
            case "asleep":
                return self._known.awake(person, look) >= due.until
            case "busy":
                return (self._known.busy_until(person, look) or look) >= due.until
            case "late":
                # Or it would be by the time at which another message is certain to leave them the day.
                return look >= due.until or (
                    look + _ASKED_AGAIN >= due.until and self._hindered(person, due, row, look)
                )
            case "day_off":
                return day_of(look) in at(history.days_off, look, frozenset())
            case "paused":
                return at(drive.paused, self._end, before=False)
            case "nothing":
                return self._known.waits_nothing(person, due.drive, look)
        return False

    def _hindered(self, person: int, due: Due, row: SentRow, look: datetime) -> bool:
        """Whether something stood against a message at a look, for which it was right to wait."""
        history = self._history
        if self._known.is_asleep(person, look):
            return True
        # A message that waits for a form, or for the day after one off, comes back at that time and no sooner.
        first = max(due.due, due.since)
        if len(history.shift[person]) > 1 and any(
            self._known.awake(person, one) > look for one in self._known.looks(first, look)
        ):
            return True  # so does one that waited for the end of a shift's sleep, though the shift has changed since
        if any((self._known.busy_until(person, one) or one) > look for one in self._known.looks(first, look)):
            return True
        if at(history.drives[due.drive].paused, look, before=False):
            return True
        if day_of(look) in at(history.days_off, look, frozenset()):
            return True
        for one in self._attempts[person]:
            if one.mailing == row.number and one.moment <= look:
                if one.outcome == "later" and one.until is not None and look < one.until:
                    return True
                if one.moment == look:
                    return True  # it was tried at this very look
            elif (
                one.mailing != row.number
                and day_of(one.moment) == day_of(look)
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
                self._findings.against(
                    "counts are right", f"message {row.number}: {row.counts}, rows {dict(states)}"
                )
        for attempt in self._history.attempts:
            if attempt.person not in self._deliveries.get(attempt.mailing, {}):
                self._findings.against("only to whom it is for", f"person {attempt.person} has no row")
