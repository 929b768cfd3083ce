"""What one alone approved: who wrote or entered it, and decided it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select

from storage.engine import Session
from storage.initiatives.cards import Line, lines
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.trail import Event
from storage.units.tables import Unit
from storage.units.tree import below


def _alone(paths: Sequence[str], besides: int | None) -> tuple[ColumnElement[bool], ...]:
    wrote = exists().where(Author.initiative_id == Initiative.id, Author.person_id == Initiative.decided_by)
    looked_over = exists().where(
        Event.initiative_id == Initiative.id,
        Event.kind == "looked_over",
        Event.at >= Initiative.decided_at,
    )
    return (
        Initiative.state == InitiativeState.APPROVED,
        or_(Initiative.decided_by == Initiative.entered_by, wrote),
        Initiative.decided_by != besides,
        ~looked_over,
        Initiative.unit_id.in_(select(Unit.id).where(or_(*(below(path) for path in paths)))),
    )


async def page(
    session: Session, paths: Sequence[str], besides: int | None, *, offset: int, limit: int
) -> Sequence[Line]:
    """Those of these subtrees that nobody has looked over, the newest first; but what ``besides`` decided."""
    statement = (
        lines()
        .where(*_alone(paths, besides))
        .order_by(Initiative.decided_at.desc(), Initiative.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Line(*row) for row in await session.execute(statement)]


async def size(session: Session, paths: Sequence[str], besides: int | None) -> int:
    """How many they are."""
    statement = select(func.count()).select_from(Initiative).where(*_alone(paths, besides))
    return await session.scalar(statement) or 0


async def of(session: Session, initiative_id: int) -> tuple[int | None, int | None]:
    """The unit of an initiative, and who decided it."""
    row = (
        await session.execute(
            select(Initiative.unit_id, Initiative.decided_by).where(Initiative.id == initiative_id)
        )
    ).one_or_none()
    return (None, None) if row is None else (row[0], row[1])
