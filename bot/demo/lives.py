"""How one initiative of the demo comes to its fate: who does what with it, and when."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.clock import local_date
from bot.demo import words
from bot.demo.fates import Fate
from bot.demo.union import Member, Union
from bot.quiet_hours import at_local
from bot.services.act import Act
from bot.services.initiatives import mending, submitting, withdrawing
from bot.services.initiatives.authors import AUTHOR_DETAILS, AuthorEntry
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.programmes import ProgrammeBook, ProgrammeView
from bot.services.initiatives.shapes import FileEntry
from bot.services.initiatives.submission import Submission
from bot.services.recognition import entering
from bot.services.review import review, talking
from storage import demo as stored
from storage.engine import Session

#: What somebody does at a moment, in a transaction that is open.
Deed = Callable[[Session, datetime], Awaitable[None]]
#: Puts a deed on the agenda.
Plan = Callable[[datetime, Deed], None]

#: Shares of one to four authors, in hundredths of a percent.
_SHARES = (
    (10_000,),
    (10_000,),
    (10_000,),
    (6_000, 4_000),
    (5_000, 3_000, 2_000),
    (4_000, 2_500, 2_000, 1_500),
)
_MILLION = 1_000_000


@dataclass(slots=True)
class Lives:
    """Makes initiatives and lets people deal with them."""

    union: Union
    book: ProgrammeBook
    files: Sequence[FileEntry]
    dice: random.Random
    now: datetime
    plan: Plan
    #: Told of each that was submitted.
    told: Callable[[int], None]
    #: The last decision on recognition of each unit: several initiatives stand in one.
    decisions: int = 0

    def begin(self, fate: Fate, author: Member, days: int) -> None:
        """Put the submission of an initiative on the agenda; the rest follows from it."""
        if days == 0:
            when = self.now - timedelta(minutes=self.dice.randint(25, 100))
        else:
            when = self._hour(local_date(self.now) - timedelta(days=days))
        submission = self._submission(author, local_date(when))
        entered_by = self._entering(author)

        async def submit(session: Session, at: datetime) -> None:
            programme = self._programme(author.unit_id, at)
            act = Act(session, at, entered_by)
            filed = await submitting.submit(act, author.unit_id, programme, submission)
            self.told(1)
            self._goes_on(fate, filed.id, author, submission, at)

        self.plan(when, submit)

    # ------------------------------------------------------------ what is written

    def _submission(self, author: Member, submitted: date) -> Submission:
        dice, idea = self.dice, words.idea(self.dice)
        applied = submitted - timedelta(days=dice.randint(3, 120))
        programme = self._programme(author.unit_id, self.now)
        in_money = dice.choices((True, False, None), (7, 2, 1))[0]
        pictures = dice.sample(self.files[:-1], k=min(dice.choice((0, 0, 1, 1, 2, 3)), len(self.files) - 1))
        paper = self.files[-1:] if dice.random() < 0.1 else ()
        answers: dict[str, Any] = {
            "name": idea.name,
            "content": idea.content,
            "field": idea.field,
            "first_applied": [
                max(applied, programme.starts).isoformat(),
                dice.choice(("day", "day", "month")),
            ],
            "topics": list(idea.topics) if dice.random() < 0.8 else None,
            "situation_before": idea.before if dice.random() < 0.9 else None,
            "conditions": words.one_of(dice, "ideas", "conditions") if dice.random() < 0.5 else None,
            "benefit": self._benefit(in_money=in_money),
            "benefit_words": idea.effect if in_money is not None else None,
            "confidential": dice.choices((None, "no", "yes"), (10, 85, 5))[0],
            "participants": words.one_of(dice, "ideas", "participants") if dice.random() < 0.4 else None,
        }
        given = {name: answer for name, answer in answers.items() if answer is not None}
        given["files"] = [
            {"media": one.media_id, "name": one.name, "picture": one.is_picture}
            for one in (*pictures, *paper)
        ]
        filed = Submission.of_answers(given, MainAuthor(author.profile.name))
        return filed.with_authors(self._authors(author))

    def _benefit(self, *, in_money: bool | None) -> dict[str, Any] | None:
        """What a year of it brings: an amount, something else than money, or no answer."""
        if in_money is None:
            return None
        vnd = self.dice.randint(4, 180) * 5 * _MILLION // 2
        return {"in_money": True, "vnd": vnd} if in_money else {"in_money": False}

    def _authors(self, author: Member) -> tuple[AuthorEntry, ...]:
        shares = self.dice.choice(_SHARES)
        colleagues = self.union.colleagues(author)
        others = self.dice.sample(colleagues, min(len(shares) - 1, len(colleagues)))
        known = [_entry(one, share) for one, share in zip((author, *others), shares, strict=False)]
        # The rest are people who never came here: only their names are known.
        strangers = [AuthorEntry(words.person_name(self.dice), share) for share in shares[len(known) :]]
        if others and self.dice.random() < 0.3:
            known[-1] = AuthorEntry(words.person_name(self.dice), known[-1].share)
        return (*known, *strangers)

    def _entering(self, author: Member) -> int:
        """Mostly the author; now and then somebody of the team types it in for them."""
        if author is self.union.worker_to_be or self.dice.random() > 0.05:
            return author.person_id
        return self.dice.choice(self.union.team_for(author.unit_id))

    # ------------------------------------------------------------ what becomes of it

    def _goes_on(
        self, fate: Fate, number: int, author: Member, submission: Submission, since: datetime
    ) -> None:
        checker = self.dice.choice(self.union.team_for(author.unit_id))
        match fate:
            case Fate.CLAIMED:
                self._then(self.now - timedelta(minutes=6), checker, self._claims(number))
            case Fate.ASKED:
                self._then(self._later(since), checker, self._asks(number))
            case Fate.ANSWERED:
                asked = self._later(since)
                self._then(asked, checker, self._asks(number))
                self._then(self._later(asked), author.person_id, self._answers(number))
            case Fate.RETURNED:
                self._then(self._later(since), checker, self._gives_back(number))
            case Fate.MENDED:
                returned = self._later(since)
                self._then(returned, checker, self._gives_back(number))
                self._then(self._later(returned), author.person_id, self._mends(number, author, submission))
            case Fate.UNDONE:
                decided = self._later(since)
                self._then(decided, checker, self._approves(number))
                self._then(decided + timedelta(minutes=3), checker, self._undoes(number))
            case Fate.REJECTED:
                self._then(self._later(since), checker, self._rejects(number))
            case Fate.WITHDRAWN:
                self._then(self._later(since), author.person_id, self._withdraws(number))
            case Fate.APPROVED | Fate.RECOGNISED | Fate.RECORDED:
                self._approved(fate, number, checker, since)
            case _:
                if self.dice.random() < 0.2:
                    self._then(self._later(since), checker, self._notes(number))

    def _approved(self, fate: Fate, number: int, checker: int, since: datetime) -> None:
        approved = self._later(since)
        if self.dice.random() < 0.15:
            self._then(approved - timedelta(minutes=1), checker, self._notes(number))
        self._then(approved, checker, self._approves(number))
        if fate is Fate.APPROVED:
            return
        recognised = self._later(approved, 4)
        self._then(recognised, checker, self._recognises(number))
        if fate is Fate.RECORDED:
            self._then(self._later(recognised, 3), checker, self._records(number))

    def _then(self, when: datetime, who: int, deed: Callable[[Act], Awaitable[object]]) -> None:
        async def do(session: Session, at: datetime) -> None:
            await deed(Act(session, at, who))

        self.plan(when, do)

    def _later(self, since: datetime, part: int = 2) -> datetime:
        """Some working hours later, within a part of the time that is left until today."""
        left = (self.now - since) / part
        longest = min(left, timedelta(days=12))
        when = since + longest * self.dice.uniform(0.1, 0.95)
        hour = self._hour(local_date(when))
        return hour if since < hour < self.now - timedelta(minutes=12) else when

    def _hour(self, day: date) -> datetime:
        """A moment of a working day."""
        return at_local(day, time(self.dice.randint(7, 17), self.dice.randint(0, 59)))

    def _programme(self, unit_id: int, at: datetime) -> ProgrammeView:
        programme = self.book.for_unit(self.union.paths[unit_id], local_date(at))
        if programme is None:
            raise LookupError(f"no programme for unit {unit_id}")
        return programme

    # ------------------------------------------------------------ the deeds

    def _claims(self, number: int) -> Callable[[Act], Awaitable[object]]:
        return lambda act: review.claim(act, self.book, number)

    def _asks(self, number: int) -> Callable[[Act], Awaitable[object]]:
        asked = words.one_of(self.dice, "talk", "questions")
        return lambda act: talking.ask(act, number, asked)

    def _answers(self, number: int) -> Callable[[Act], Awaitable[object]]:
        answer = words.one_of(self.dice, "talk", "answers")

        async def answers(act: Act) -> None:
            await talking.answer(act, await stored.only_event(act.session, number, "asked"), answer)

        return answers

    def _notes(self, number: int) -> Callable[[Act], Awaitable[object]]:
        note = words.one_of(self.dice, "talk", "notes")
        return lambda act: talking.note(act, number, note)

    def _approves(self, number: int) -> Callable[[Act], Awaitable[object]]:
        return lambda act: review.approve(act, number, 1)

    def _undoes(self, number: int) -> Callable[[Act], Awaitable[object]]:
        return lambda act: review.undo(act, self.book, number)

    def _gives_back(self, number: int) -> Callable[[Act], Awaitable[object]]:
        why: dict[str, Any] = words.one_of(self.dice, "talk", "returns")
        return lambda act: review.give_back(act, number, 1, **why)

    def _rejects(self, number: int) -> Callable[[Act], Awaitable[object]]:
        why: dict[str, Any] = words.one_of(self.dice, "talk", "rejects")
        return lambda act: review.reject(act, number, 1, **why)

    def _mends(self, number: int, author: Member, filed: Submission) -> Callable[[Act], Awaitable[object]]:
        content = f"{filed.values['content']}\n{words.one_of(self.dice, 'talk', 'answers')}"
        mended = replace(filed, values={**filed.values, "content": content})
        programme = self._programme(author.unit_id, self.now)
        return lambda act: mending.mend(act, number, programme, mended)

    def _withdraws(self, number: int) -> Callable[[Act], Awaitable[object]]:
        return lambda act: withdrawing.withdraw(act, number)

    def _recognises(self, number: int) -> Callable[[Act], Awaitable[object]]:
        async def recognises(act: Act) -> None:
            self.decisions += 1
            decision = f"{1 + self.decisions // 12}/QĐ-SK-{act.today.year}"
            await entering.recognise(act, number, decision, act.today)

        return recognises

    def _records(self, number: int) -> Callable[[Act], Awaitable[object]]:
        return lambda act: entering.record(act, number, act.today)


def _entry(member: Member, share: int) -> AuthorEntry:
    about = member.profile
    details = {one.name: getattr(about, one.name) for one in AUTHOR_DETAILS}
    return AuthorEntry(about.name, share, member.person_id, details)
