"""A peak month lived through: many people with their shifts, moods and forms, the real bot at work, and its outages.

The union is made of dice with a fixed seed. Whatever people do goes through the bot's own services and is written down
in a :class:`History` besides; whatever the bot sends ends at :class:`MonthPost`, a messenger with accounts that block.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Bot
from bot.clock import LOCAL_ZONE, FixedClock
from bot.delivery.mailer import Mailer
from bot.delivery.mailing_clock import MailingClock
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.initiatives.authors import AuthorEntry
from bot.services.initiatives.mending import mend
from bot.services.initiatives.submission import Submission
from bot.services.initiatives.submitting import submit
from bot.services.people import appointing, erasing, profile
from bot.services.review import review
from storage.conversation import conversations
from storage.initiatives.tables import Initiative
from storage.people.tables import Role, Shift
from storage.units.tables import Unit
from tests.services.campaigns.month.days import LAST_DAY, OUTAGES, PLANNED, MonthSize, moment
from tests.services.campaigns.month.history import History, Idea, at
from tests.services.campaigns.month.post import MonthPost
from tests.services.submissions import submission

SHIFTS = ("morning", "afternoon", "night", "office")
_FORM = {"form": "submit", "tag": "t", "step": "name", "version": 1}

#: When people stir and the bot is looked at on a day; forms are opened just before the usual hours of reminders.
_BUSY = (
    "0:05", "3:00", "7:30", "7:55", "8:00", "8:30", "9:00", "9:30", "11:20", "11:30", "12:05", "13:30", "15:00",
    "16:30", "19:00", "20:30", "21:05",
)  # fmt: skip
_CALM = ("0:05", "8:00", "19:00")


@dataclass(slots=True)
class Month:
    """The union while the month goes by."""

    bot: Bot
    clock: FixedClock
    size: MonthSize
    folder: Path
    history: History
    post: MonthPost
    mailers: list[Mailer]
    mailing_clocks: list[MailingClock]
    dice: random.Random
    #: By unit: who checks there.
    teams: dict[int, list[int]] = field(default_factory=dict)
    officers: dict[int, int] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)
    uppers: list[int] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    #: Who is in a form, and what they will do next.
    filling: set[int] = field(default_factory=set)
    with_draft: set[int] = field(default_factory=set)
    quiet: set[int] = field(default_factory=set)
    blocking: set[int] = field(default_factory=set)
    to_mend: dict[int, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    script: dict[datetime, list[Callable[[AsyncSession], Any]]] = field(default_factory=dict)

    # ------------------------------------------------------------ the days

    async def lives(self, told: Callable[[int, int], None], last: int = LAST_DAY) -> None:
        """All days; ``told`` hears each that is over, and how many messages left by then."""
        for day in range(1, last + 1):
            for clock in _BUSY if self._is_busy(day) else _CALM:
                await self._tick(moment(day, clock))
            told(day, len(self.history.attempts))

    def _is_busy(self, day: int) -> bool:
        """Days on which nothing is planned for workers need no close look."""
        return day in PLANNED

    async def _tick(self, now: datetime) -> None:
        self.clock.advance(now - self.clock.now())
        is_up = not any(first <= now < last for first, last in OUTAGES)
        self._people_block(now)
        if not is_up:
            return
        async with self.bot.database.write() as session:
            for decide in self.script.pop(now, ()):
                await decide(session)
            await self._people_stir(session, now)
        self.history.looks.append(now)
        self.post.screens.clear()
        await asyncio.gather(*(one.settled() for one in self.mailing_clocks))
        await asyncio.gather(*(one.settled() for one in self.mailers))

    # ------------------------------------------------------------ what people do

    def _some(self, among: Sequence[int], part: float) -> list[int]:
        """About so large a part of them."""
        wanted = len(among) * part * self.size.stir
        number = int(wanted) + (self.dice.random() < wanted % 1)
        return self.dice.sample(among, min(number, len(among)))

    def _is_here(self, person: int) -> bool:
        return person not in self.history.gone

    def _people_block(self, now: datetime) -> None:
        for person in self._some(self.workers, 0.000_06):
            if self._is_here(person) and person not in self.blocking:
                self.blocking.add(person)
                self.history.blocked[person].append((now, True))

    async def _people_stir(self, session: AsyncSession, now: datetime) -> None:
        """What happens between two looks, in one transaction; each of the bot's services does its part."""
        hour = now.astimezone(LOCAL_ZONE).hour
        if not 6 <= hour < 22:
            return
        busy: set[int] = set()
        for person in self._some(self.workers, 0.000_15):
            if person not in self.quiet and self._is_free(person, busy):
                await self._says_stop(session, now, person, wanted=False)
        for person in self._some(sorted(self.quiet), 0.004):
            if self._is_free(person, busy):
                await self._says_stop(session, now, person, wanted=True)
        for person in self._some(self.workers, 0.000_02):
            if self._is_free(person, busy) and person not in self.filling:
                await self._leaves(session, now, person)
        for person in self._some(sorted(self.blocking), 0.01):
            if self._is_free(person, busy):
                await self._writes(session, now, [person])
        for person in self._some(self.workers, 0.000_05):
            if self._is_free(person, busy):
                shift = self.dice.choice(SHIFTS)
                await profile.correct(Act(session, now, person), (), "shift", Shift(shift))
                self.history.shift[person].append((now, shift))
                await self._writes(session, now, [person])
        for person in self._some(self.workers, 0.000_01):
            if self._is_free(person, busy):
                await self._joins_team(session, now, person)
        await self._fill_in(session, now, busy)
        await self._mend(session, now, busy)
        await self._check(session, now)

    def _is_free(self, person: int, busy: set[int]) -> bool:
        """Whether somebody is here and has done nothing yet in this step."""
        if not self._is_here(person) or person in busy:
            return False
        busy.add(person)
        return True

    async def _writes(self, session: AsyncSession, now: datetime, persons: Sequence[int]) -> None:
        """Whoever writes can be reached again."""
        await conversations.touch(session, persons, now)
        for person in persons:
            self.history.wrote[person].append(now)
            if person in self.blocking:
                self.blocking.discard(person)
                self.history.blocked[person].append((now, False))

    async def _says_stop(self, session: AsyncSession, now: datetime, person: int, *, wanted: bool) -> None:
        await profile.set_reminders(Act(session, now, person), wanted=wanted)
        self.history.stopped[person].append((now, not wanted))
        (self.quiet.discard if wanted else self.quiet.add)(person)
        await self._writes(session, now, [person])

    async def _leaves(self, session: AsyncSession, now: datetime, person: int) -> None:
        await erasing.erase(Act(session, now, person), all_features().privacy)
        self.history.gone[person] = now
        for idea in self.history.ideas.values():
            if idea.author == person and at(idea.waiting, now, before=False):
                idea.waiting.append((now, False))
        self.waiting = [one for one in self.waiting if self.history.ideas[one].author != person]
        self.to_mend = {one: who for one, who in self.to_mend.items() if who != person}
        for those in (self.quiet, self.blocking, self.with_draft):
            those.discard(person)

    async def _joins_team(self, session: AsyncSession, now: datetime, person: int) -> None:
        unit = self.history.unit_of[person]
        await appointing.give(Act(session, now, None), person, unit, Role.SUPPORT, by=None)
        held = at(self.history.roles[person], now, frozenset())
        self.history.roles[person].append((now, held | {(unit, "support")}))

    async def _fill_in(self, session: AsyncSession, now: datetime, busy: set[int]) -> None:
        """Forms are opened, gone on with, left alone, put aside and sent."""
        saved: list[tuple[int, dict[str, Any] | None, None]] = []
        wrote: list[int] = []
        for person in sorted(self.filling):
            if not self._is_free(person, busy):
                self.filling.discard(person)
                continue
            what = self.dice.choices(
                ("goes on", "nothing", "forgets", "puts aside", "sends"), (3, 2, 1, 1, 3)
            )[0]
            if what == "nothing":
                continue
            if what == "forgets":
                self.filling.discard(person)
                continue
            wrote.append(person)
            if what == "goes on":
                saved.append((person, _FORM, None))
                self.history.form[person].append((now, True))
                continue
            saved.append((person, None, None))
            self.filling.discard(person)
            self.history.form[person].append((now, False))
            if what == "puts aside":
                await conversations.keep_draft(session, person, "submit", _FORM, now)
                self.with_draft.add(person)
                self.history.draft[person].append((now, True))
            else:
                await self._submits(session, now, person)
        some = self._some(self.workers, 0.000_7)
        if now.astimezone(LOCAL_ZONE).hour in (11, 12):
            # Just off their shift, while a reminder waits for them to have slept.
            some += [
                one
                for one in self._some(self.workers, 0.005)
                if at(self.history.shift[one], now, None) == "night"
            ]
        for person in some:
            if person not in self.filling and self._is_free(person, busy):
                self.filling.add(person)
                wrote.append(person)
                saved.append((person, _FORM, None))
                self.history.form[person].append((now, True))
        await conversations.save_forms(session, saved, now)
        if wrote:
            await self._writes(session, now, wrote)

    async def _submits(self, session: AsyncSession, now: datetime, person: int) -> None:
        act = Act(session, now, person)
        unit = self.history.unit_of[person]
        path = await session.scalar(select(Unit.path).where(Unit.id == unit))
        programme = self.bot.services.programmes.for_unit(path or "", act.today)
        made = await submit(act, unit, programme, _submission(person, act.today))
        if person in self.with_draft:
            await conversations.drop_draft(session, person, "submit")
            self.with_draft.discard(person)
            self.history.draft[person].append((now, False))
        self.history.submitted.setdefault(person, now)
        self.history.ideas[made.id] = Idea(person, unit, [(now, True)])
        self.waiting.append(made.id)

    async def _mend(self, session: AsyncSession, now: datetime, busy: set[int]) -> None:
        for number in self._some(sorted(self.to_mend), 0.02):
            person = self.to_mend[number]
            if self._is_free(person, busy):
                act = Act(session, now, person)
                programme = self.bot.services.programmes.all()[0]
                await mend(act, number, programme, _submission(person, act.today))
                del self.to_mend[number]
                self._returned(now, person, -1)
                self.history.ideas[number].waiting.append((now, True))
                self.waiting.append(number)
                await self._writes(session, now, [person])

    def _returned(self, now: datetime, person: int, more: int) -> None:
        self.history.returned[person].append((now, at(self.history.returned[person], now, 0) + more))

    async def _check(self, session: AsyncSession, now: datetime) -> None:
        """The teams approve some of what waits, and give some back."""
        for number in self._some(self.waiting, 0.06):
            idea = self.history.ideas[number]
            checker = next((one for one in self.teams[idea.unit] if one != idea.author), None)
            if checker is None:
                continue
            act = Act(session, now, checker)
            revision = (await session.get_one(Initiative, number)).revision
            if self.dice.random() < 0.75:
                await review.approve(act, number, revision)
                idea.approved_at = now
            else:
                await review.give_back(act, number, revision, reasons=["unclear"], fields=[], words="")
                self.to_mend[number] = idea.author
                self._returned(now, idea.author, 1)
            idea.waiting.append((now, False))
            self.waiting.remove(number)


def _submission(person: int, today: date) -> Submission:
    return submission(
        f"Đồ gá số {person}",
        AuthorEntry(f"Người {person}", 10_000, person_id=person),
        content="Hàn tấm gá",
        first_applied=[(today - timedelta(days=3)).isoformat(), "day"],
    )
