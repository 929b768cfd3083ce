"""Finding initiatives: a queue, a card, one's own, similar ones; and the numbers of their codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState, Serial
from storage.people.tables import Person
from storage.trail import Event
from storage.units.tables import Unit
from storage.units.tree import below

#: Above this many units, a queue is read in the order of its dates rather than unit by unit.
_FEW_UNITS = 200

#: How many earlier initiatives of a unit a new one is compared with: the newest ones.
COMPARED = 5_000


@cache
def _next_number(dialect: str) -> Any:  # noqa: ANN401 - the two dialects' own types
    insert: Any = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Serial)
    return (
        insert.values(series=bindparam("series"), last=1)
        .on_conflict_do_update(index_elements=[Serial.series], set_={"last": Serial.last + 1})
        .returning(Serial.last)
    )


async def next_number(session: AsyncSession, series: str) -> int:
    """The next number of a series, with no gaps: it is taken in the transaction that uses it."""
    statement = _next_number(session.get_bind().dialect.name)
    return int(await session.scalar(statement, {"series": series}))


@dataclass(frozen=True, slots=True)
class Card:
    """An initiative with all that belongs to it."""

    initiative: Initiative
    unit: Unit
    authors: Sequence[Author]
    attachments: Sequence[Attachment]
    entered_by_name: str
    claimed_by_name: str


async def card(session: AsyncSession, initiative_id: int) -> Card | None:
    """An initiative with everything, or None."""
    claimer = Person.__table__.alias("claimer")
    row = (
        await session.execute(
            select(Initiative, Unit, Person.name, claimer.c.name)
            .join(Unit, Unit.id == Initiative.unit_id)
            .join(Person, Person.id == Initiative.entered_by)
            .join(claimer, claimer.c.id == Initiative.claimed_by, isouter=True)
            .where(Initiative.id == initiative_id)
        )
    ).one_or_none()
    if row is None:
        return None
    authors = (
        await session.scalars(
            select(Author).where(Author.initiative_id == initiative_id).order_by(Author.position)
        )
    ).all()
    attachments = (
        await session.scalars(
            select(Attachment).where(Attachment.initiative_id == initiative_id).order_by(Attachment.position)
        )
    ).all()
    return Card(row[0], row[1], authors, attachments, row[2], row[3] or "")


@dataclass(frozen=True, slots=True)
class Line:
    """An initiative in a list."""

    id: int
    code: str
    name: str
    state: InitiativeState
    due_at: datetime
    submitted_at: datetime
    claimed_by: int | None
    claimed_until: datetime | None
    unit_name: str


def _lines() -> Any:  # noqa: ANN401 - a select
    return select(
        Initiative.id,
        Initiative.code,
        Initiative.name,
        Initiative.state,
        Initiative.due_at,
        Initiative.submitted_at,
        Initiative.claimed_by,
        Initiative.claimed_until,
        Unit.name,
    ).join(Unit, Unit.id == Initiative.unit_id)


async def queue(
    session: AsyncSession, paths: Sequence[str], *, offset: int, limit: int, states: Sequence[InitiativeState]
) -> Sequence[Line]:
    """What stands at these states in these subtrees, the one due first first."""
    reach = or_(*(below(path) for path in paths))
    ids = (await session.scalars(select(Unit.id).where(reach).limit(_FEW_UNITS + 1))).all()
    waiting = Initiative.state.in_(list(states))
    statement = _lines().where(waiting).order_by(Initiative.due_at, Initiative.id).offset(offset).limit(limit)
    if len(ids) <= _FEW_UNITS:
        statement = statement.where(Initiative.unit_id.in_(ids))
    elif session.get_bind().dialect.name == "sqlite":
        # Nearly all units. Left to itself SQLite goes through all of them by their paths and then sorts; without an
        # index to tempt it, it walks along the initiatives in their order. PostgreSQL finds that out by itself.
        statement = statement.where(or_(*(below(path, Unit.path.concat("")) for path in paths)))
    else:
        statement = statement.where(reach)
    return [Line(*row) for row in await session.execute(statement)]


#: A queue is counted up to here; nobody reads more from a larger number.
COUNTED = 500


async def queue_size(session: AsyncSession, paths: Sequence[str], states: Sequence[InitiativeState]) -> int:
    """How many of these subtrees stand at these states, counted up to :data:`COUNTED`."""
    reach = or_(*(below(path) for path in paths))
    ids = (await session.scalars(select(Unit.id).where(reach).limit(_FEW_UNITS + 1))).all()
    some = select(Initiative.id).where(Initiative.state.in_(list(states))).limit(COUNTED)
    if len(ids) <= _FEW_UNITS:
        some = some.where(Initiative.unit_id.in_(ids))
    else:
        some = some.join(Unit, Unit.id == Initiative.unit_id).where(reach)
    return int(await session.scalar(select(func.count()).select_from(some.subquery())) or 0)


async def nearly_late(session: AsyncSession, path: str, now: datetime) -> int:
    """How many of a subtree are to be checked within a week, or should have been already."""
    return int(
        await session.scalar(
            select(func.count())
            .select_from(Initiative)
            .where(
                Initiative.state == InitiativeState.SUBMITTED,
                Initiative.due_at < now + timedelta(days=7),
                Initiative.unit_id.in_(select(Unit.id).where(below(path))),
            )
        )
        or 0
    )


async def to_enter(session: AsyncSession, paths: Sequence[str], kind: str, *, limit: int) -> Sequence[Line]:
    """What is approved in these subtrees, but not yet recognised or recorded, oldest first."""
    empty = Initiative.recognised_no.is_(None) if kind == "recognise" else Initiative.recorded_on.is_(None)
    ids = select(Unit.id).where(or_(*(below(path) for path in paths)))
    statement = (
        _lines()
        .where(Initiative.unit_id.in_(ids), Initiative.state == InitiativeState.APPROVED, empty)
        .order_by(Initiative.due_at, Initiative.id)
        .limit(limit)
    )
    return [Line(*row) for row in await session.execute(statement)]


_OF_PERSON = (
    _lines()
    .where(
        Initiative.id.in_(
            select(Author.initiative_id)
            .where(Author.person_id == bindparam("person"))
            .union(select(Initiative.id).where(Initiative.entered_by == bindparam("person")))
        )
    )
    .order_by(Initiative.submitted_at.desc(), Initiative.id.desc())
    .offset(bindparam("first"))
    .limit(bindparam("most"))
)


async def of_person(session: AsyncSession, person_id: int, *, offset: int, limit: int) -> Sequence[Line]:
    """What a person wrote or entered, the newest first."""
    rows = await session.execute(_OF_PERSON, {"person": person_id, "first": offset, "most": limit})
    return [Line(*row) for row in rows]


_NAMES_IN_UNIT = (
    select(Initiative.id, Initiative.name_folded)
    .where(
        Initiative.unit_id == bindparam("unit"),
        Initiative.state.not_in([InitiativeState.WITHDRAWN, InitiativeState.REJECTED]),
    )
    .order_by(Initiative.id.desc())
    .limit(COMPARED)
)


async def names_in_unit(
    session: AsyncSession, unit_id: int, *, besides: int | None
) -> Sequence[tuple[int, str]]:
    """The folded names of a unit's initiatives that still stand, with their ids, the newest first."""
    rows = await session.execute(_NAMES_IN_UNIT, {"unit": unit_id})
    return [(number, name) for number, name in rows if number != besides]


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> Sequence[Initiative]:
    """Initiatives by id, in no order."""
    return (await session.scalars(select(Initiative).where(Initiative.id.in_(list(ids))))).all()


async def history(
    session: AsyncSession, initiative_id: int, *, kinds: Sequence[str]
) -> Sequence[tuple[Event, str]]:
    """What happened to an initiative, of these kinds, oldest first, each with the name of who did it."""
    rows = await session.execute(
        select(Event, func.coalesce(Person.name, ""))
        .join(Person, Person.id == Event.actor_id, isouter=True)
        .where(Event.initiative_id == initiative_id, Event.kind.in_(list(kinds)))
        .order_by(Event.id)
    )
    return [(event, name) for event, name in rows]
