"""Which approved initiatives still lack the enterprise's recognition, or are not in the national software yet."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.cards import Line, lines
from storage.initiatives.tables import Initiative, InitiativeState
from storage.units.tables import Unit
from storage.units.tree import below


async def without_recognition(session: AsyncSession, paths: Sequence[str], limit: int) -> Sequence[Line]:
    """Approved initiatives of these subtrees that are not recognised yet, oldest first."""
    return await _approved(session, paths, Initiative.recognised_no.is_(None), limit)


async def without_recording(session: AsyncSession, paths: Sequence[str], limit: int) -> Sequence[Line]:
    """Approved initiatives of these subtrees that are not in the national software yet, oldest first."""
    return await _approved(session, paths, Initiative.recorded_on.is_(None), limit)


async def _approved(
    session: AsyncSession, paths: Sequence[str], lacking: ColumnElement[bool], limit: int
) -> Sequence[Line]:
    ids = select(Unit.id).where(or_(*(below(path) for path in paths)))
    statement = (
        lines()
        .where(Initiative.unit_id.in_(ids), Initiative.state == InitiativeState.APPROVED, lacking)
        .order_by(Initiative.due_at, Initiative.id)
        .limit(limit)
    )
    return [Line(*row) for row in await session.execute(statement)]
