"""A row in every table that says which person, for tests of what becomes of all of them."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import JSON, Column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.initiatives import submitting
from bot.services.initiatives.authors import AuthorEntry
from storage.mailings.tables import Mailing, MailingState
from storage.people.privacy import columns
from storage.types import Moment
from tests.services.submissions import submission
from tests.talk import Stage, WebPerson, stage

#: Of these everybody has a row anyway.
THERE = ("account", "person", "conversation")


def name_of(column: Column[object]) -> str:
    """``table.column``."""
    return f"{column.table.name}.{column.name}"


def names() -> set[str]:
    """All columns that say which person."""
    return {name_of(column) for column in columns()}


async def left_of(session: AsyncSession, person_id: int) -> dict[str, int]:
    """How many rows say that person, by column."""
    found = {}
    for column in columns():
        number = await session.scalar(
            select(func.count()).select_from(column.table).where(column == person_id)
        )
        if number:
            found[name_of(column)] = number
    return found


def _some(column: Column[object], number: int, now: datetime) -> object:
    """A value that a column takes, whatever it stands for."""
    if isinstance(column.type, Moment):
        return now
    if isinstance(column.type, JSON):
        return {}
    kind = column.type.python_type
    values = {
        int: number,
        bool: True,
        bytes: number.to_bytes(32, "big"),
        date: date(2000, 1, 1) + timedelta(days=number),
    }
    return values.get(kind, str(number))


@dataclass
class Everywhere:
    """Two people: one to whom a row can be given in any table, and another to whom the rest of it belongs."""

    bot: Stage
    person: WebPerson
    other: WebPerson
    given: dict[str, object]
    _serial: "itertools.count[int]" = field(default_factory=lambda: itertools.count(50_000))

    async def add(self, session: AsyncSession, column: Column[object]) -> None:
        """Add a row that says the person in this one column."""
        table = column.table
        row: dict[str, object] = {}
        for each in table.columns:
            if each is column:
                row[each.name] = self.person.account.person_id
            elif each.name in self.given:
                row[each.name] = self.given[each.name]
            elif each.nullable and not each.primary_key:
                row[each.name] = None
            elif each.foreign_keys:
                row[each.name] = self.other.account.person_id
            else:
                row[each.name] = _some(each, next(self._serial), self.bot.clock.now())
        if table.name == "campaign":
            row |= {"kind": "peak_week", "state": "ended"}
        if table.name == "mailing":
            row["state"] = "done"
        if table.name == "claim":
            row |= {"state": "granted", "subject": 1}
        if table.name == "data_request":
            row |= {"kind": "object", "state": "done"}
        if table.name == "initiative":
            row["state"] = "approved"
        if table.name == "role_grant":
            # One that is held keeps who holds it from becoming another.
            row |= {"revoked_at": self.bot.clock.now()}
        await session.execute(table.insert().values(row))

    async def fill(self, session: AsyncSession) -> None:
        """Add a row for each column that says which person."""
        for column in list(columns()):
            if column.table.name not in THERE:
                await self.add(session, column)
            elif name_of(column) == "account.by_code_of":
                theirs = column.table.c.person_id == self.other.account.person_id
                values = {column.name: self.person.account.person_id}
                await session.execute(column.table.update().where(theirs).values(values))
        assert set(await left_of(session, self.person.account.person_id)) == names()


@asynccontextmanager
async def everywhere(url: str, folder: Path) -> AsyncIterator[Everywhere]:
    """Two people, with an initiative and a mailing that rows can be about."""
    async with stage(url, folder) as bot:
        other = await bot.person("Nguyễn Thị Nga")
        person = await bot.person("Nga Nguyễn", unit="RALACO-X2")
        async with bot.bot.database.write() as session:
            now, home = bot.clock.now(), (await bot.unit("RALACO")).id
            programme = bot.bot.services.programmes.all()[0]
            author = AuthorEntry("Nga", 10_000, person.account.person_id)
            mine = await submitting.submit(
                bot.act(session, person),
                (await bot.unit("RALACO-X2")).id,
                programme,
                submission("Xe đẩy", author),
            )
            mailing = Mailing(
                key="m", lane=3, kind="broadcast", unit_id=home, state=MailingState.DONE, due_at=now, until=now,
                created_at=now, total=1, sent=1,
            )  # fmt: skip
            session.add(mailing)
            await session.flush()
            given: dict[str, object] = {
                "initiative_id": mine.id, "mailing_id": mailing.id, "unit_id": home, "programme_id": programme.id,
                "phase_id": mine.phase_id, "account_id": person.account.id, "parent_id": None, "team_chat_id": None,
                "campaign_id": None, "media_id": None,
                "state": "sent", "kind": "device", "role": "support", "subject": "data",
            }  # fmt: skip
        yield Everywhere(bot, person, other, given)
