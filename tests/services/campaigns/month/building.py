"""Making the union of a simulated month: its units in three levels, each with its team, its people, and the bot."""

import asyncio
import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import FixedClock
from bot.config import Settings
from bot.conversation.text import fold
from bot.delivery.liveness import Liveness
from bot.delivery.mailer import Mailer
from bot.delivery.mailing_clock import MailingClock
from bot.handlers.features import all_features
from bot.screens.composing import Composer
from bot.services.campaigns import running
from bot.wiring import build
from storage.conversation.tables import Conversation
from storage.initiatives.tables import CountedState, Phase, Programme, Target
from storage.mailings.tables import Mailing
from storage.people.tables import Account, Person, Role, RoleGrant, Shift
from storage.units.tables import Unit, UnitKind
from tests.services.campaigns.month.days import MonthSize, moment
from tests.services.campaigns.month.decisions import Decisions
from tests.services.campaigns.month.history import History, at
from tests.services.campaigns.month.month import SHIFTS, Month
from tests.services.campaigns.month.post import POST, MonthPost, Noting


async def build_month(url: str, folder: Path, size: MonthSize) -> Month:
    """A union on its eve, on a migrated, empty database: units, people and campaigns. Close its ``bot.database``."""
    clock = FixedClock(moment(0, "18:00"))
    chosen = Settings(database={"url": url}, media={"folder": folder / "media"})
    bot = await build(chosen, is_demo=False, clock=clock)
    history = History()
    post = MonthPost(history, clock, size.seed)
    dice = random.Random(size.seed)  # noqa: S311 - as above
    made = Month(bot, clock, size, folder, history, post, [], [], dice)
    await _fill(made)
    async with bot.database.read() as session:
        await bot.services.programmes.refresh(session)
    # On SQLite one process owns the file; on PostgreSQL two of them work at the same time.
    for _ in range(1 if bot.database.is_sqlite else 2):
        wake = asyncio.Event()
        noting = Noting(Composer(bot.services, all_features().voices), post)
        # How long a process may be silent is real time, in which the whole month takes minutes.
        alive = Liveness(bot.database, clock, nobody_is_told, dead_after=timedelta(hours=1))
        await alive.begin()
        made.mailers.append(
            Mailer(bot.database, clock, {POST: post}, alive, noting, bot.services.texts, nobody_is_told, wake)
        )
        made.mailing_clocks.append(
            MailingClock(
                bot.database,
                clock,
                objections=[running.objection],
                told=nobody_is_told,
                chores=[running.chore],
                wake=wake,
                piece=1_000,
            )
        )
    async with bot.database.write() as session:
        await running.chore(session, clock.now())
    await Decisions(made).plans()
    return made


async def nobody_is_told(_session: AsyncSession, _mailing: Mailing, _now: datetime) -> None:
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
        shift = month.dice.choice((*SHIFTS, None))
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
    assert 1 in month.officers, "the union is too small for somebody who steers all of it"
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
