"""What officers and administrators decide before a simulated month and in it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents.table import read_table
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.campaigns import calendar, making, plan, steering
from bot.services.campaigns.making import Wanted
from bot.services.units.imports import COLUMNS, import_units
from storage.campaigns.tables import CampaignKind
from tests.services.campaigns.month.days import EVE, moment
from tests.services.campaigns.month.history import Drive, Turned, at
from tests.services.campaigns.month.month import Month


class Decisions:
    """Makes the campaigns, and puts what becomes of them and of the calendar and the units into the month's script."""

    def __init__(self, month: Month) -> None:
        self._month = month

    def _then(self, when: datetime, decide: Callable[[AsyncSession], Any]) -> None:
        self._month.script.setdefault(when, []).append(decide)

    async def _campaign(
        self, session: AsyncSession, kind: CampaignKind, unit: int, first: int, last: int
    ) -> Drive:
        officer = (
            self._month.officers[unit]
            if unit in self._month.officers
            else self._month.officers[self._month.units[0]]
        )
        now = self._month.clock.now()
        starts, ends = EVE + timedelta(days=first), EVE + timedelta(days=last)
        made = await making.make(
            Act(session, now, officer),
            self._month.bot.services.programmes,
            Wanted(f"Đợt {unit} từ {first}", kind, unit, starts, ends, plan.template(kind), 100),
        )
        drive = Drive(made.id, kind.value, unit, starts, ends, [Turned(now, "made")])
        self._month.history.drives[made.id] = drive
        return drive

    def _turn(self, drive: Drive, when: datetime, what: str, step: str = "", value: Any = None) -> None:
        """An officer of the whole sector changes a campaign."""

        async def decide(session: AsyncSession) -> None:
            act = Act(session, when, self._month.officers[self._month.units[0]])
            number = drive.number
            match what:
                case "off":
                    await steering.turn_step(act, number, step)
                case "at":
                    await steering.change_time(act, self._month.bot.services.quiet, number, step, value)
                case "ends":
                    await steering.change_days(act, self._month.bot.services.programmes, number, ends=value)
                case "pause" | "resume":
                    await (steering.pause if what == "pause" else steering.resume)(act, number)
                    drive.paused.append((when, what == "pause"))
                    return
                case _:
                    await steering.end(act, number)
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
            known = at(self._month.history.days_off, when, frozenset())
            self._month.history.days_off.append((when, known | {one} if is_off else known - {one}))

        self._then(when, decide)

    def _move(self, when: datetime, unit: int, to: int) -> None:
        async def decide(session: AsyncSession) -> None:
            sheet = self._month.folder / "moved.csv"
            sheet.write_text(f"code,name,kind,parent\nU{unit},Đơn vị {unit},grassroots,U{to}\n", "utf-8")
            outcome = await import_units(
                Act(session, when, None), read_table(sheet, COLUMNS), followers=all_features().followers
            )
            assert outcome.moved == 1, outcome
            parents = at(self._month.history.parents, when, {})
            self._month.history.parents.append((when, {**parents, unit: to}))

        self._then(when, decide)

    async def plans(self) -> None:
        """The campaigns of the month, which overlap, and what becomes of them."""
        first, second, third, fourth = self._month.uppers[:4]
        parents = at(self._month.history.parents, self._month.clock.now(), {})
        grassroots = [unit for unit in self._month.units if parents[unit] == first]
        week, month = CampaignKind.PEAK_WEEK, CampaignKind.PEAK_MONTH
        async with self._month.bot.database.write() as session:
            for day in (5, 6):
                self._day_off(self._month.clock.now(), day)
            for decide in self._month.script.pop(self._month.clock.now()):
                await decide(session)
            all_of_it = await self._campaign(session, month, self._month.units[0], 1, 29)
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
