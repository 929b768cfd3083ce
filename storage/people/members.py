"""The people of a unit: found by name, on an enterprise's list, and added from one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from storage.base import Base
from storage.conversation.tables import Conversation
from storage.engine import Session
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below

#: What an enterprise's list may say of somebody besides their name.
DETAILS = ("born", "workplace", "title", "qualification")
#: Rows of one statement; small enough for any database, large enough to be fast.
BATCH = 2_000


async def find(session: Session, path: str, words: Sequence[str], limit: int) -> Sequence[Person]:
    """People of a unit and all below it whose folded name has all these words."""
    named = [Person.name_folded.contains(word, autoescape=True) for word in words]
    found = await session.scalars(
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(below(path), Person.erased_at.is_(None), Person.name != "", *named)
        .order_by(Person.name_folded)
        .limit(limit)
    )
    return found.all()


async def named(session: Session, path: str, name_folded: str) -> Sequence[Person]:
    """People of a unit and all below it of this folded name, whose names may still differ."""
    found = await session.scalars(
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(below(path), Person.erased_at.is_(None), Person.name_folded == name_folded)
        .order_by(Person.id)
    )
    return found.all()


async def registered_as(session: Session, unit_id: int, name_folded: str) -> Sequence[Person]:
    """Registered people of a unit of this folded name, whose names may still differ."""
    found = await session.scalars(
        select(Person).where(
            Person.unit_id == unit_id,
            Person.registered_at.is_not(None),
            Person.name_folded == name_folded,
        )
    )
    return found.all()


# ---------------------------------------------------------------- on an enterprise's list, and not come yet


def _not_come(name_folded: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.name_folded == name_folded,
        Person.staff_code.is_not(None),
        Person.registered_at.is_(None),
        Person.erased_at.is_(None),
    )


async def listed_as(session: Session, person: Person) -> Sequence[Person]:
    """Who is on the list of the person's unit under the person's name, and has not come yet."""
    found = await session.scalars(
        select(Person).where(Person.unit_id == person.unit_id, *_not_come(person.name_folded))
    )
    return found.all()


async def listed_below(session: Session, path: str, name_folded: str) -> Sequence[tuple[Person, str]]:
    """Who of a unit and all below it is on a list under a name, and has not come yet; each with the unit's code."""
    rows = await session.execute(
        select(Person, Unit.code)
        .join(Unit, Unit.id == Person.unit_id)
        .where(below(path), *_not_come(name_folded))
        .order_by(Person.id)
    )
    return [(row[0], row[1]) for row in rows]


async def restricted(session: Session, person_ids: Collection[int]) -> set[int]:
    """Those of these people whose data is not to be used."""
    found = await session.scalars(
        select(Person.id).where(Person.id.in_(list(person_ids)), Person.restricted_since.is_not(None))
    )
    return set(found)


# ---------------------------------------------------------------- importing a list


async def on_lists(session: Session, unit_ids: Sequence[int]) -> dict[tuple[int, str], Mapping[str, Any]]:
    """Who is known by an enterprise's number in these units: columns by the unit's id and the number."""
    found: dict[tuple[int, str], Mapping[str, Any]] = {}
    for start in range(0, len(unit_ids), 500):
        rows = await session.execute(
            select(
                Person.id,
                Person.unit_id,
                Person.staff_code,
                Person.registered_at,
                Person.name,
                *(getattr(Person, name) for name in DETAILS),
            ).where(Person.unit_id.in_(unit_ids[start : start + 500]), Person.staff_code.is_not(None))
        )
        for row in rows.mappings():
            found[row["unit_id"], row["staff_code"]] = dict(row)
    return found


async def add(session: Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Add at most :data:`BATCH` people, each with a conversation that has not begun. ``rows``: columns."""
    given = [{**one, "created_at": now, "language": "vi"} for one in rows]
    ids = (await session.scalars(insert(Person).returning(Person.id), given)).all()
    await session.execute(
        insert(Conversation), [{"person_id": person_id, "form": None, "updated_at": now} for person_id in ids]
    )


async def change(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change at most :data:`BATCH` people. ``rows``: columns, all the same ones, with the person's id as ``key``."""
    table = Base.metadata.tables[Person.__tablename__]
    statement = update(table).where(table.c.id == bindparam("key"))
    await (await session.connection()).execute(statement, list(rows))
