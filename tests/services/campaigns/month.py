"""A peak month lived through: many people with their shifts, moods and forms, the real bot at work, and its outages.

The services is made of dice with a fixed seed. Whatever people do goes through the bot's own services and is written down
in a :class:`History` besides; whatever the bot sends ends at :class:`Post`, a messenger with accounts that block.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Bot
from bot.clock import LOCAL_ZONE, FixedClock
from bot.config import Settings
from bot.conversation.text import fold
from bot.conversation.vocabulary import Capabilities, Incoming, IncomingFile, Recipient, Reply, Screen
from bot.delivery.channel import NotSent, Rejected, Sent, TryLater, Uncertain, Unreachable
from bot.delivery.liveness import Liveness
from bot.delivery.mailer import Mailer
from bot.delivery.mailing_clock import Clockwork
from bot.delivery.verdicts import Send, Verdict
from bot.documents.table import read_table
from bot.screens.mailings.compose import Composer
from bot.services.act import Act
from bot.services.campaigns import calendar, campaigns, plan
from bot.services.campaigns.campaigns import Wanted
from bot.services.initiatives import initiatives
from bot.services.initiatives.initiatives import AuthorEntry, Submission
from bot.services.people import erasing, people
from bot.services.review import review
from bot.services.units.imports import COLUMNS, import_units
from bot.wiring import build
from storage.campaigns.tables import CampaignKind
from storage.conversation import conversations
from storage.conversation.tables import Conversation
from storage.delivery.tables import Lane
from storage.initiatives.tables import CountedState, Initiative, Phase, Programme, Target
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing
from storage.people.tables import Account, Person, Role, RoleGrant, Shift
from storage.units.tables import Unit, UnitKind
from tests.services.campaigns.history import Attempt, Drive, History, Idea, Turned, at

POST = "post"
#: The evening before the month, when its campaigns are agreed on.
EVE = date(2026, 10, 31)
_SHIFTS = ("morning", "afternoon", "night", "office")
_FORM = {"form": "submit", "tag": "t", "step": "name", "version": 1}

#: When people stir and the bot is looked at on a day; forms are opened just before the usual hours of reminders.
_BUSY = (
    "0:05", "3:00", "7:30", "7:55", "8:00", "8:30", "9:00", "9:30", "11:20", "11:30", "12:05", "13:30", "15:00",
    "16:30", "19:00", "20:30", "21:05",
)  # fmt: skip
_CALM = ("0:05", "8:00", "19:00")


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
_PLANNED = {1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 20, 22, 23, 26, 27, 29, 30, 31, 32}


@dataclass(frozen=True, slots=True)
class Size:
    """How many people in how many units, and the dice."""

    people: int
    units: int
    seed: int = 7
    #: How often things happen, against the usual: a small services needs more to meet every rule.
    stir: float = 1.0


class Post:
    """A messenger that notes what arrives, has people who block the bot, and fails now and then."""

    name = POST
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        files_in=True,
        files_out=True,
        max_text=4_000,
        groups=False,
        may_write_first=True,
    )
    keeps_transcript = False
    bulk_at_once = 256

    def __init__(self, history: History, clock: FixedClock, seed: int) -> None:
        self._history = history
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - it keeps no secret
        #: Which mailing each screen belongs to, by the screen's identity; the screens are held so that it stays theirs.
        self.screens: dict[int, tuple[Screen, int]] = {}

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        assert lane is Lane.REMINDER
        now, person = self._clock.now(), int(to.chat)
        if at(self._history.blocked[person], now, before=False):
            outcome = "blocked"
        else:
            outcome = self._dice.choices(
                ("arrived", "later", "not_sent", "uncertain", "rejected"), (970, 12, 10, 5, 3)
            )[0]
        seconds = self._dice.choice((60, 1200, 7200, 40_000))
        until = now + timedelta(seconds=seconds) if outcome == "later" else None
        mark = str(screen.text)[:1]
        self._history.attempts.append(Attempt(now, person, self.screens[id(screen)][1], outcome, until, mark))
        match outcome:
            case "blocked":
                raise Unreachable("blocked")
            case "later":
                raise TryLater(seconds)
            case "not_sent":
                raise NotSent("no route")
            case "uncertain":
                raise Uncertain("no answer")
            case "rejected":
                raise Rejected("bad request")
            case _:
                return Sent("1")

    async def write(
        self,
        session: AsyncSession,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        raise AssertionError("nothing is written here")

    def written(self, to: Recipient) -> None:
        raise AssertionError("nothing is written here")

    async def answer(self, reply: Reply) -> None:
        raise AssertionError("nobody is answered here")

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        raise AssertionError("nobody sends files here")


class Noting:
    """The real composer; it only notes which mailing each screen is of, as a screen does not say it."""

    def __init__(self, compose: Composer, post: Post) -> None:
        self._compose = compose
        self._post = post

    async def __call__(
        self, session: AsyncSession, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        verdicts = await self._compose(session, mailing, readers, now)
        for verdict in verdicts.values():
            if isinstance(verdict, Send):
                self._post.screens[id(verdict.screen)] = (verdict.screen, mailing.id)
        return verdicts


@dataclass(slots=True)
class Month:
    """The services while it turns."""

    bot: Bot
    clock: FixedClock
    size: Size
    folder: Path
    history: History
    post: Post
    mailers: list[Mailer]
    clockworks: list[Clockwork]
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
        return day in _PLANNED

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
        await asyncio.gather(*(one.settled() for one in self.clockworks))
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
                shift = self.dice.choice(_SHIFTS)
                await people.correct(Act(session, now, person), "shift", Shift(shift))
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
        await people.set_reminders(Act(session, now, person), wanted=wanted)
        self.history.stopped[person].append((now, not wanted))
        (self.quiet.discard if wanted else self.quiet.add)(person)
        await self._writes(session, now, [person])

    async def _leaves(self, session: AsyncSession, now: datetime, person: int) -> None:
        await erasing.erase(Act(session, now, person))
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
        await people.grant(Act(session, now, None), person, unit, Role.SUPPORT, by=None)
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
        made = await initiatives.submit(act, unit, programme, _submission(person, act.today))
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
                await initiatives.mend(act, number, programme, _submission(person, act.today))
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

    # ------------------------------------------------------------ what officers and administrators decide

    def _then(self, when: datetime, decide: Callable[[AsyncSession], Any]) -> None:
        self.script.setdefault(when, []).append(decide)

    async def _campaign(
        self, session: AsyncSession, kind: CampaignKind, unit: int, first: int, last: int
    ) -> Drive:
        officer = self.officers[unit] if unit in self.officers else self.officers[self.units[0]]
        now = self.clock.now()
        starts, ends = EVE + timedelta(days=first), EVE + timedelta(days=last)
        made = await campaigns.make(
            Act(session, now, officer),
            self.bot.services.programmes,
            Wanted(f"Đợt {unit} từ {first}", kind, unit, starts, ends, plan.template(kind), 100),
        )
        drive = Drive(made.id, kind.value, unit, starts, ends, [Turned(now, "made")])
        self.history.drives[made.id] = drive
        return drive

    def _turn(self, drive: Drive, when: datetime, what: str, step: str = "", value: Any = None) -> None:
        """An officer of the whole sector changes a campaign."""

        async def decide(session: AsyncSession) -> None:
            act = Act(session, when, self.officers[self.units[0]])
            number = drive.number
            match what:
                case "off":
                    await campaigns.change_step(act, number, step, is_on=False)
                case "at":
                    await campaigns.change_step(act, number, step, at=value)
                case "ends":
                    await campaigns.change_days(act, self.bot.services.programmes, number, ends=value)
                case "pause" | "resume":
                    await (campaigns.pause if what == "pause" else campaigns.resume)(act, number)
                    drive.paused.append((when, what == "pause"))
                    return
                case _:
                    await campaigns.end(act, number)
            drive.turns.append(Turned(when, what, step, value))

        self._then(when, decide)

    def _day_off(self, when: datetime, day: int, *, is_off: bool = True) -> None:
        async def decide(session: AsyncSession) -> None:
            one = EVE + timedelta(days=day)
            act = Act(session, when, None)
            if is_off:
                await calendar.add(act, one, one, "Nghỉ")
            else:
                await calendar.remove(act, one, one)
            known = at(self.history.days_off, when, frozenset())
            self.history.days_off.append((when, known | {one} if is_off else known - {one}))

        self._then(when, decide)

    def _move(self, when: datetime, unit: int, to: int) -> None:
        async def decide(session: AsyncSession) -> None:
            sheet = self.folder / "moved.csv"
            sheet.write_text(f"code,name,kind,parent\nU{unit},Đơn vị {unit},grassroots,U{to}\n", "utf-8")
            outcome = await import_units(Act(session, when, None), read_table(sheet, COLUMNS))
            assert outcome.moved == 1, outcome
            parents = at(self.history.parents, when, {})
            self.history.parents.append((when, {**parents, unit: to}))

        self._then(when, decide)

    async def plans(self) -> None:
        """The campaigns of the month, which overlap, and what becomes of them."""
        first, second, third, fourth = self.uppers[:4]
        parents = at(self.history.parents, self.clock.now(), {})
        grassroots = [unit for unit in self.units if parents[unit] == first]
        week, month = CampaignKind.PEAK_WEEK, CampaignKind.PEAK_MONTH
        async with self.bot.database.write() as session:
            for day in (5, 6):
                self._day_off(self.clock.now(), day)
            for decide in self.script.pop(self.clock.now()):
                await decide(session)
            all_of_it = await self._campaign(session, month, self.units[0], 1, 29)
            child = await self._campaign(session, week, first, 8, 14)
            grandchild = await self._campaign(session, week, grassroots[0], 7, 13)
            ended = await self._campaign(session, week, second, 19, 25)
            paused = await self._campaign(session, month, third, 2, 31)
            dropped = await self._campaign(session, week, fourth, 3, 9)
            await self._campaign(session, week, fourth, 20, 20)
            silent = await self._campaign(session, week, fourth, 22, 28)
        self._turn(dropped, moment(2, "9:30"), "end")
        self._turn(all_of_it, moment(18, "15:00"), "off", "unfinished_again")
        self._turn(all_of_it, moment(18, "15:00"), "at", "three_left", time(16, 30))
        self._turn(all_of_it, moment(18, "15:00"), "ends", value=EVE + timedelta(days=31))
        self._turn(child, moment(8, "9:30"), "at", "officers", time(16, 30))
        self._turn(grandchild, moment(13, "9:30"), "ends", value=EVE + timedelta(days=19))
        self._turn(ended, moment(22, "15:00"), "end")
        self._turn(paused, moment(9, "9:30"), "pause")
        self._turn(paused, moment(13, "12:05"), "resume")
        self._turn(silent, moment(26, "13:30"), "pause")
        self._day_off(moment(19, "15:00"), 21)
        self._day_off(moment(19, "15:00"), 24)
        self._day_off(moment(22, "15:00"), 24, is_off=False)
        # On the day itself, while an opening still waits for those who sleep.
        self._day_off(moment(20, "9:30"), 20)
        self._move(moment(10, "15:00"), grassroots[1], second)
        self._move(moment(18, "9:30"), grassroots[0], third)


def _submission(person: int, today: date) -> Submission:
    return Submission(
        name=f"Đồ gá số {person}",
        content="Hàn tấm gá",
        field="technical",
        first_applied=today - timedelta(days=3),
        authors=(AuthorEntry(f"Người {person}", 10_000, person_id=person),),
    )


async def build_month(url: str, folder: Path, size: Size) -> Month:
    """The services on its eve, on a migrated, empty database: units, people and campaigns. Close its ``bot.database``."""
    clock = FixedClock(moment(0, "18:00"))
    chosen = Settings(database={"url": url}, media={"folder": folder / "media"})
    bot = await build(chosen, is_demo=False, clock=clock)
    history = History()
    post = Post(history, clock, size.seed)
    dice = random.Random(size.seed)  # noqa: S311 - as above
    made = Month(bot, clock, size, folder, history, post, [], [], dice)
    await _fill(made)
    async with bot.database.read() as session:
        await bot.services.programmes.refresh(session)
    # On SQLite one process owns the file; on PostgreSQL two of them work at the same time.
    for _ in range(1 if bot.database.is_sqlite else 2):
        wake = asyncio.Event()
        noting = Noting(Composer(bot.services), post)
        # How long a process may be silent is real time, in which the whole month takes minutes.
        alive = Liveness(bot.database, clock, campaigns_told, dead_after=timedelta(hours=1))
        await alive.begin()
        made.mailers.append(
            Mailer(bot.database, clock, {POST: post}, alive, noting, bot.services.texts, campaigns_told, wake)
        )
        made.clockworks.append(
            Clockwork(
                bot.database,
                clock,
                objection=campaigns.objection,
                told=campaigns_told,
                chores=[campaigns.chore],
                wake=wake,
                piece=1_000,
            )
        )
    async with bot.database.write() as session:
        await campaigns.chore(session, clock.now())
    await made.plans()
    return made


async def campaigns_told(_session: AsyncSession, _mailing: Mailing, _now: datetime) -> None:
    """Nobody waits for the end of a campaign's message."""


async def _fill(month: Month) -> None:
    """Units in three levels, each with its team, and the people."""
    size, history, now = month.size, month.history, month.clock.now()
    upper = max(size.units // 15, 4)
    parents: dict[int, int | None] = {1: None, **dict.fromkeys(range(2, upper + 2), 1)}
    for unit in range(upper + 2, size.units + 1):
        parents[unit] = 2 + unit % upper
    history.parents.append((now, parents))
    month.units, month.uppers = list(parents), list(range(2, upper + 2))
    grassroots = [unit for unit in parents if unit > upper + 1]

    def path(unit: int) -> str:
        above = parents[unit]
        return f"{path(above) if above else '/'}{unit}/"

    units = [
        {
            "id": unit, "code": f"U{unit}", "name": f"Đơn vị {unit}", "name_folded": f"don vi {unit}",
            "kind": UnitKind.SECTOR if unit == 1 else UnitKind.UPPER if unit in month.uppers else UnitKind.GRASSROOTS,
            "parent_id": above, "path": path(unit), "join_code": f"J{unit:05d}", "members": 100,
        }
        for unit, above in parents.items()
    ]  # fmt: skip
    persons = []
    grants: list[dict[str, Any]] = []

    def grant(person: int, unit: int, role: Role) -> None:
        grants.append({"person_id": person, "unit_id": unit, "role": role, "granted_at": now})
        held = at(history.roles[person], now, frozenset())
        history.roles[person] = [(now, held | {(unit, role.value)})]

    for person in range(1, size.people + 1):
        unit = grassroots[person % len(grassroots)]
        history.unit_of[person] = unit
        shift = month.dice.choice((*_SHIFTS, None))
        history.shift[person].append((now, shift))
        name = f"Người {person}"
        persons.append(
            {
                "id": person, "name": name, "name_folded": fold(name), "unit_id": unit,
                "language": "vi" if person % 20 else "en", "shift": Shift(shift) if shift else None,
                "created_at": now, "registered_at": now,
            }
        )  # fmt: skip
        place = (person - 1) // len(grassroots)
        if place < 2:
            month.teams.setdefault(unit, []).append(person)
            grant(person, unit, Role.SUPPORT)
        elif place == 2 and person % len(grassroots) < upper + 2:
            # Some steer: one the whole sector, one each of those below; some of them check somewhere too.
            steered = 1 + person % len(grassroots)
            if steered in (1, *month.uppers) and steered not in month.officers:
                month.officers[steered] = person
                grant(person, steered, Role.OFFICER)
                if steered % 2:
                    grant(person, unit, Role.SUPPORT)
            else:
                month.workers.append(person)
        else:
            month.workers.append(person)
    assert 1 in month.officers, "the services is too small for somebody who steers all of it"
    async with month.bot.database.write() as session:
        await session.execute(insert(Unit), units)
        session.add(
            Programme(
                id=1, code="B", name="Sáng kiến", unit_id=1, starts=date(2026, 1, 1), ends=date(2026, 12, 31),
                counts=CountedState.APPROVED, rules={},
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            Phase(id=1, programme_id=1, code="P1", name="I", starts=date(2026, 1, 1), ends=date(2026, 12, 31))
        )
        await session.flush()
        await session.execute(
            insert(Target), [{"unit_id": unit, "phase_id": 1, "number": 50} for unit in parents]
        )
        for place in range(0, len(persons), 5_000):
            some = persons[place : place + 5_000]
            await session.execute(insert(Person), some)
            await session.execute(
                insert(Account),
                [
                    {
                        "id": one["id"], "channel": POST, "external_id": str(one["id"]), "person_id": one["id"],
                        "chat_id": str(one["id"]), "last_seen_at": now, "transcript_rev": 0,
                    }
                    for one in some
                ],
            )  # fmt: skip
            await session.execute(
                insert(Conversation),
                [{"person_id": one["id"], "form": None, "updated_at": now} for one in some],
            )
        await session.execute(insert(RoleGrant), grants)
    await _number_on(month)


async def _number_on(month: Month) -> None:
    """PostgreSQL's sequences go on after the numbers that were given here."""
    if month.bot.database.is_sqlite:
        return
    async with month.bot.database.write() as session:
        connection = await session.connection()
        for table in ("unit", "programme", "phase", "person", "account"):
            await connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
