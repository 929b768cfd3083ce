"""Furnishing a demo: months of its past lived through in order, by the bot's own services, on a clock that runs ahead.

So states, counts, events and what was sent fit together as if people had done it all. No message of that time leaves
afterwards: each counts as sent, but for the newest few to the people to be, who find them when they first come.
"""

import heapq
import itertools
import random
from asyncio import Event
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.clock import Clock, FixedClock, local_date
from bot.delivery.mailing_clock import MailingClock
from bot.demo import fates, pictures, unfinished, union
from bot.demo.drives import FIRST_MADE, Drives
from bot.demo.lives import Deed, Lives
from bot.demo.union import CHANNEL, Size, Union
from bot.handlers.feature import Every
from bot.handlers.features import all_features
from bot.media.store import MediaStore
from bot.quiet_hours import at_local
from bot.services.act import Act
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.initiatives.told import CARD, DECISION
from bot.services.mailings import living, steering
from bot.services.mailings.kinds import AGREE
from bot.services.people import accounts
from bot.services.review.kinds import ANSWER, QUESTION
from bot.services.telling import about as about_initiative
from storage import demo as made_up
from storage.delivery.tables import Lane
from storage.engine import Database, Session
from storage.mailings import ledger, mailings, making, reminded
from storage.mailings.ledger import Result
from storage.mailings.tables import DeliveryState, Mailing

#: When the clock of mailings looks, on days on which something may be due.
_LOOKS = (time(7, 40), time(8, 5), time(9, 5), time(11, 35), time(19, 5))
#: When each day begins: campaigns begin and end, and the counts of the day before are kept.
_DAY_BEGINS = time(0, 5)
#: What becomes of a hundred messages of a mailing.
_OUTCOMES = (
    (DeliveryState.SENT, None, 94),
    (DeliveryState.BLOCKED, "blocked", 3),
    (DeliveryState.FAILED, "not_sent", 2),
    (DeliveryState.UNCERTAIN, "no_answer", 1),
)
#: A name for the process that sent what was sent then; none has it any more.
_NOBODY = 0
_AT_ONCE = 1_000
#: Notices that wait for each of the people to be, at most; and of which kinds.
_KEPT = 3
_NEWEST = 200
_WORTH_KEEPING = (CARD, DECISION, QUESTION, ANSWER, AGREE)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    initiatives: int
    people: Size
    pictures: int
    #: How many days back it goes, where nothing has to be older.
    days: int


#: From so many on, several enterprises take part; with fewer the units of most would stay empty.
_EVERYWHERE_FROM = 100


def scale_of(initiatives: int) -> Scale:
    """What goes with so many initiatives: a person gives about six, and a day brings a dozen."""
    return Scale(
        initiatives,
        Size(max(initiatives // 6, 12), listed=20, everywhere=initiatives >= _EVERYWHERE_FROM),
        pictures=min(max(initiatives // 10, 4), 24),
        days=min(max(initiatives // 12, 30), 150),
    )


#: What the demo opens with: enough for the three people to be to have something on each screen.
SMALL = Scale(40, Size(workers=12, listed=4, everywhere=False), pictures=4, days=30)


async def furnish(
    database: Database,
    store: MediaStore,
    clock: Clock,
    people_to_be: dict[str, int],
    *,
    scale: Scale = SMALL,
    seed: int = 1,
    told: Callable[[int], None] = lambda _more: None,
) -> None:
    """Let a demo that was just filled have a past; ``told`` hears of each initiative.

    The same ``seed`` at the same moment gives the same people, texts, dates and outcomes; codes that open something
    are secret, so those differ.
    """
    dice = random.Random(seed)  # noqa: S311 - it keeps no secret
    files = await pictures.make(store, dice, scale.pictures)
    wanted = fates.shared_out(scale.initiatives)
    now = clock.now()
    oldest = max(fates.oldest(wanted, scale.days), FIRST_MADE[scale.people.everywhere])
    first = local_date(now) - timedelta(days=oldest + 2)
    past = Past(database, dice, now, at_local(first, time(6)))
    async with database.write() as session:
        book = ProgrammeBook()
        await book.refresh(session)
        who = await union.gather(session, dice, scale.people, past.begins, people_to_be)
    lives = Lives(who, book, files, dice, now, past.plan, told)
    for at, fate in enumerate(wanted):
        # The first of each fate that is worth a look are the worker's own.
        author = who.worker_to_be if at < len(fates.Fate) and at % 2 == 0 else dice.choice(who.workers)
        lives.begin(fate, author, fates.days_ago(fate, dice, scale.days))
    past.drives = Drives(who, book, now, past.plan, target=max(scale.initiatives // 20, 20))
    past.drives.begin(everywhere=scale.people.everywhere)
    await past.live()
    async with database.write() as session:
        await unfinished.leave(session, dice, who, book, now)
        await _keep_waiting(session, who, now)


async def _keep_waiting(session: Session, who: Union, now: datetime) -> None:
    """The newest notices to the people to be wait for them, as for anybody who has left the device they used."""
    undecided = [about_initiative(number) for number in await made_up.newest_undecided(session, _NEWEST)]
    for person_id in who.people_to_be.values():
        account_id = await accounts.web_account_of(Act(session, now, person_id), person_id)
        await made_up.read_nowhere(session, account_id, now)
        # The card of one that is decided has nothing left to say.
        await made_up.keep_waiting(
            session, person_id, now, kinds=_WORTH_KEEPING, only_about=(CARD, undecided), limit=_KEPT
        )


class Past:
    """The agenda of what people do, carried out day by day, with the bot's clock of mailings looking in between."""

    def __init__(self, database: Database, dice: random.Random, now: datetime, begins: datetime) -> None:
        """It goes from ``begins`` to ``now``."""
        self.begins = begins
        self.drives: Drives | None = None
        self._database = database
        self._dice = dice
        self._now = now
        self._clock = FixedClock(begins)
        self._agenda: list[tuple[datetime, int, Deed]] = []
        self._serial = itertools.count()
        features = all_features()
        self._chores = [chore.do for chore in features.chores[Every.LOOK]]
        self._mailing_clock = MailingClock(
            database,
            self._clock,
            objections=features.objections,
            told=living.move,
            chores=self._chores,
            wake=Event(),
        )

    def plan(self, when: datetime, deed: Deed) -> None:
        """Put something on the agenda; what would only come after today does not happen."""
        if when <= self._now:
            heapq.heappush(self._agenda, (max(when, self.begins), next(self._serial), deed))

    async def live(self) -> None:
        """All of it."""
        day = local_date(self.begins)
        while day <= local_date(self._now):
            begins = at_local(day, _DAY_BEGINS)
            if self.begins < begins < self._now:
                await self._day_begins(begins)
            if self.drives is not None and day in self.drives.busy:
                for hour in _LOOKS:
                    if self.begins < (look := at_local(day, hour)) < self._now:
                        await self._look(look)
            day += timedelta(days=1)
        await self._look(self._now)

    async def _day_begins(self, moment: datetime) -> None:
        async with self._database.write() as session:
            await self._do_all(session, moment)
            for chore in self._chores:
                await chore(session, moment)
            await made_up.count_as_sent(session, moment, CHANNEL)

    async def _look(self, moment: datetime) -> None:
        """What is due by a moment begins, and all of its messages come to an end."""
        async with self._database.write() as session:
            await self._do_all(session, moment)
            if not await making.due(session, moment, limit=1) and not await mailings.going(session, moment):
                # The day's chores were done as it began.
                await made_up.count_as_sent(session, moment, CHANNEL)
                return
        self._clock.advance(moment - self._clock.now())
        await self._mailing_clock.settled()
        async with self._database.write() as session:
            for mailing in await mailings.going(session, moment):
                await self._send(session, mailing, moment)
            await made_up.count_as_sent(session, moment, CHANNEL)

    async def _do_all(self, session: Session, until: datetime) -> None:
        """What people do up to a moment."""
        while self._agenda and self._agenda[0][0] <= until:
            when, _, deed = heapq.heappop(self._agenda)
            await deed(session, when)

    async def _send(self, session: Session, mailing: Mailing, now: datetime) -> None:
        """Every message of a mailing comes to its end, or about half of them where it is then paused."""
        halfway = self.drives.paused_halfway.get(mailing.id) if self.drives is not None else None
        most = max(mailing.total // 2, 1) if halfway is not None else _AT_ONCE
        counts: ledger.Counts = {}
        after = 0
        while True:
            _, claimed = await ledger.claim(
                session, mailing.id, now, process=_NOBODY, after=after, limit=most
            )
            if not claimed:
                break
            after = claimed[-1]
            await ledger.write_results(
                session, await self._results(session, mailing, claimed, now), now, counts
            )
            if halfway is not None:
                break
        await ledger.count_results(session, counts)
        if halfway is not None:
            await steering.pause(Act(session, now, halfway), mailing.id)
        elif await ledger.finish(session, mailing.id, now):
            await session.refresh(mailing)
            await living.move(session, mailing, now)

    async def _results(
        self, session: Session, mailing: Mailing, claimed: list[int], now: datetime
    ) -> list[Result]:
        may = set(claimed)
        if mailing.lane == Lane.REMINDER:
            may, _ = await reminded.remind(session, mailing.id, local_date(now), claimed)
        found = []
        for person_id in claimed:
            state, error, _ = self._dice.choices(_OUTCOMES, [one[2] for one in _OUTCOMES])[0]
            if person_id not in may:
                state, error = DeliveryState.SKIPPED, "one_a_day"
            channel = None if state is DeliveryState.SKIPPED else CHANNEL
            found.append(Result(mailing.id, person_id, state, channel, error))
        return found
