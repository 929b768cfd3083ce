"""The queue of the support team: which initiatives wait in its units, how many, and how many are nearly late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import is_postgresql
from storage.initiatives.cards import Line, lines
from storage.initiatives.tables import Initiative, InitiativeState
from storage.units.tables import Unit
from storage.units.tree import below

#: Above this many units, a queue is read in the order of its dates rather than unit by unit.
_FEW_UNITS = 200
#: A queue is counted up to here; nobody reads more from a larger number.
COUNTED = 500
_NEARLY = timedelta(days=7)


async def page(
    session: AsyncSession, paths: Sequence[str], *, offset: int, limit: int, states: Sequence[InitiativeState]
) -> Sequence[Line]:
    """The initiatives of these subtrees that are in these states, earliest deadline first."""
    reach = or_(*(below(path) for path in paths))
    ids = (await session.scalars(select(Unit.id).where(reach).limit(_FEW_UNITS + 1))).all()
    waiting = Initiative.state.in_(list(states))
    statement = lines().where(waiting).order_by(Initiative.due_at, Initiative.id).offset(offset).limit(limit)
    if len(ids) <= _FEW_UNITS:
        statement = statement.where(Initiative.unit_id.in_(ids))
    elif is_postgresql(session):
        statement = statement.where(reach)
    else:
        # Nearly all units. Left to itself SQLite goes through all of them by their paths and then sorts; without an
        # index to tempt it, it walks along the initiatives in their order. PostgreSQL finds that out by itself.
        statement = statement.where(or_(*(below(path, Unit.path.concat("")) for path in paths)))
    return [Line(*row) for row in await session.execute(statement)]


async def size(session: AsyncSession, paths: Sequence[str], states: Sequence[InitiativeState]) -> int:
    """How many initiatives of these subtrees are in these states, counted up to :data:`COUNTED`."""
    reach = or_(*(below(path) for path in paths))
    ids = (await session.scalars(select(Unit.id).where(reach).limit(_FEW_UNITS + 1))).all()
    some = select(Initiative.id).where(Initiative.state.in_(list(states))).limit(COUNTED)
    if len(ids) <= _FEW_UNITS:
        some = some.where(Initiative.unit_id.in_(ids))
    else:
        some = some.join(Unit, Unit.id == Initiative.unit_id).where(reach)
    return int(await session.scalar(select(func.count()).select_from(some.subquery())) or 0)


async def nearly_late(session: AsyncSession, path: str, now: datetime) -> int:
    """How many waiting initiatives of a subtree are due within a week, or overdue."""
    return int(
        await session.scalar(
            select(func.count())
            .select_from(Initiative)
            .where(
                Initiative.state == InitiativeState.SUBMITTED,
                Initiative.due_at < now + _NEARLY,
                Initiative.unit_id.in_(select(Unit.id).where(below(path))),
            )
        )
        or 0
    )
