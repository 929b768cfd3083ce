"""What is kept for a while only, by what it is kept for: how much there is, how old it is, and forgetting it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, select, true

from storage.base import Base
from storage.dialect import changed
from storage.engine import Session

Condition = Callable[[Table], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one table, by the moment from which their period runs."""

    table: str
    moment: str
    #: Which of its rows.
    which: Condition = lambda _table: true()

    def _columns(self) -> tuple[Table, Column[Any]]:
        table = Base.metadata.tables[self.table]
        return table, table.columns[self.moment]

    async def number(self, session: Session) -> tuple[int, datetime | None]:
        """How many there are, and from when the oldest is."""
        table, moment = self._columns()
        row = (
            await session.execute(
                select(func.count(), func.min(moment)).select_from(table).where(self.which(table))
            )
        ).one()
        return row[0], row[1]

    async def forget(self, session: Session, before: datetime) -> int:
        """Delete those from before a moment; gives how many they were."""
        table, moment = self._columns()
        return changed(await session.execute(delete(table).where(self.which(table), moment < before)))


def _erased_people(table: Table) -> ColumnElement[bool]:
    person = Base.metadata.tables["person"].columns
    return table.columns.person_id.in_(select(person.id).where(person.erased_at.is_not(None)))


#: By purpose. Guests are forgotten one by one, with all that is theirs (``bot.services.people.guests``).
PURPOSES: Mapping[str, tuple[Kept, ...]] = {
    "inbox": (Kept("inbox", "received_at", lambda table: table.columns.state == "answered"),),
    "transcript": (Kept("transcript_line", "at"),),
    "messages": (
        Kept(
            "outbox",
            "created_at",
            lambda table: table.columns.state.not_in(["pending", "sending", "uncertain"]),
        ),
    ),
    "wrong_codes": (Kept("wrong_code", "at"), Kept("wrong_number", "at")),
    "handouts": (Kept("handout", "lapses_at"),),
    "claims": (
        Kept("claim", "decided_at", lambda table: table.columns.decided_at.is_not(None)),
        Kept("data_request", "answered_at", lambda table: table.columns.answered_at.is_not(None)),
    ),
    "evidence": (Kept("consent", "at", _erased_people),),
    "sessions": (Kept("device", "last_seen_at"),),
}


async def guests(session: Session) -> tuple[int, datetime | None]:
    """How many wrote and have not registered, and since when the first of them is there."""
    person = Base.metadata.tables["person"].columns
    account = Base.metadata.tables["account"].columns
    row = (
        await session.execute(
            select(func.count(), func.min(person.created_at))
            .select_from(Base.metadata.tables["person"])
            .where(
                person.registered_at.is_(None),
                person.erased_at.is_(None),
                person.id.in_(select(account.person_id)),
            )
        )
    ).one()
    return row[0], row[1]
