"""The campaigns and broadcasts of a furnished demo, one in each state that their screens can show."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.clock import local_date
from bot.demo import words
from bot.demo.lives import Plan
from bot.demo.union import HOME, Union
from bot.quiet_hours import at_local
from bot.services.act import Act
from bot.services.campaigns import calendar, making, steering
from bot.services.campaigns import plan as plans
from bot.services.campaigns.making import Wanted
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.mailings import drafting
from bot.services.mailings import steering as broadcasts
from storage.campaigns.tables import CampaignKind
from storage.engine import Session
from storage.mailings.audience import Audience

#: How many days back the first of them is made, with and without those of other units.
FIRST_MADE = {True: 82, False: 10}
#: More than there are people: no broadcast waits for a second officer.
_NEVER_LARGE = 10**9


@dataclass(slots=True)
class Drives:
    """Puts campaigns and broadcasts on the agenda."""

    union: Union
    book: ProgrammeBook
    now: datetime
    plan: Plan
    #: How many initiatives each campaign is to bring.
    target: int
    #: Days on which messages may be due, so that it is worth looking more than once.
    busy: set[date] = field(default_factory=set)
    #: Mailings that are paused when about half of their messages have left, with who pauses them.
    paused_halfway: dict[int, int] = field(default_factory=dict)

    def begin(self, *, everywhere: bool) -> None:
        """All of them; without ``everywhere`` only what concerns the home unit."""
        today = local_date(self.now)
        week, month = CampaignKind.PEAK_WEEK, CampaignKind.PEAK_MONTH
        self._campaign("running", week, HOME, today - timedelta(days=3))
        self._campaign("planned", month, "CTVN", today + timedelta(days=9))
        self._broadcasts(today)
        if not everywhere:
            return
        self._campaign("ended_week", week, "CTVN", today - timedelta(days=40))
        self._campaign("ended_month", month, "VEAM", today - timedelta(days=75))
        self._campaign("paused", week, "VNSTEEL", today - timedelta(days=3), then=steering.pause)
        self._campaign("cancelled", week, "CNHC", today + timedelta(days=20), then=steering.end)
        self.plan(self.now - timedelta(days=81), self._days_off)

    def _steered_by(self, code: str) -> int:
        """An officer of the unit, else one of the whole sector; of several the one whom the demo lets one be."""
        of_unit = self.union.officers.get(self.union.units[code].id)
        return (of_unit or self.union.officers[self.union.units["CTVN"].id])[0]

    def _campaign(
        self,
        name: str,
        kind: CampaignKind,
        code: str,
        starts: date,
        *,
        then: Callable[[Act, int], Awaitable[object]] | None = None,
    ) -> None:
        officer = self._steered_by(code)
        ends = plans.usual_end(kind, starts)
        made_at = min(at_local(starts - timedelta(days=4), time(10)), self.now - timedelta(hours=30))
        wanted = Wanted(
            words.read("talk")["campaigns"][name],
            kind,
            self.union.units[code].id,
            starts,
            ends,
            plans.template(kind),
            target=self.target,
        )

        async def make(session: Session, at: datetime) -> None:
            made = await making.make(Act(session, at, officer), self.book, wanted)
            if then is not None:

                async def change(session: Session, at: datetime) -> None:
                    await then(Act(session, at, officer), made.id)

                self.plan(self.now - timedelta(hours=26), change)

        self.plan(made_at, make)
        self.busy |= {starts + timedelta(days=at) for at in range((ends - starts).days + 4)}

    def _broadcasts(self, today: date) -> None:
        home = self.union.units[HOME].id
        support, officer = self.union.teams[home][0], self._steered_by("CTVN")
        second = self.union.officers[self.union.units["CTVN"].id][-1]
        tomorrow = at_local(today + timedelta(days=1), time(9))
        sector = self.union.units["CTVN"].id
        self.busy |= {today, today - timedelta(days=1), today - timedelta(days=3)}
        self._broadcast("done", support, home, self.now - timedelta(days=3))
        self._broadcast("cancelled", officer, sector, self.now - timedelta(days=2), tomorrow, self._cancels)
        self._broadcast("paused", support, home, self.now - timedelta(minutes=50), then=self._pauses_halfway)
        self._broadcast("planned", officer, sector, self.now - timedelta(hours=2), tomorrow)
        self._broadcast("unagreed", second, sector, self.now - timedelta(minutes=40), large_from=1)
        self._broadcast("draft", officer, sector, self.now - timedelta(minutes=20), confirmed=False)

    def _broadcast(
        self,
        name: str,
        author: int,
        unit_id: int,
        when: datetime,
        at: datetime | None = None,
        then: Callable[[Act, int], Awaitable[None]] | None = None,
        *,
        large_from: int = _NEVER_LARGE,
        confirmed: bool = True,
    ) -> None:
        details: dict[str, Any] = {"words": words.read("talk")["broadcasts"][name], "files": []}

        async def write(session: Session, moment: datetime) -> None:
            act = Act(session, moment, author)
            mailing = await drafting.draft(act, Audience(unit_id, who="workers"), details, at)
            if confirmed:
                await drafting.confirm(act, mailing.id, again=True, large_from=large_from)
            if then is not None:
                await then(act, mailing.id)

        self.plan(when, write)

    async def _cancels(self, act: Act, mailing_id: int) -> None:
        await broadcasts.cancel(act, mailing_id)

    async def _pauses_halfway(self, act: Act, mailing_id: int) -> None:
        if act.actor_id is not None:
            self.paused_halfway[mailing_id] = act.actor_id

    async def _days_off(self, session: Session, at: datetime) -> None:
        """The public holidays of these years, as an administrator fills them in."""
        years = {local_date(at).year, local_date(self.now).year, local_date(self.now).year + 1}
        await calendar.fill(Act(session, at, None), years)
