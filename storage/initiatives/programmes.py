"""Programmes and their phases, and the units that they belong to."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.tables import Phase, Programme
from storage.units.tables import Unit


async def with_units(session: AsyncSession) -> Sequence[tuple[Programme, Unit]]:
    """All programmes, the latest first, each with the unit that it belongs to."""
    rows = await session.execute(
        select(Programme, Unit).join(Unit, Unit.id == Programme.unit_id).order_by(Programme.starts.desc())
    )
    return [(programme, unit) for programme, unit in rows]


async def of_code(session: AsyncSession, code: str) -> Programme | None:
    """The programme of a code."""
    return await session.scalar(select(Programme).where(Programme.code == code))


async def phases(session: AsyncSession, programme_id: int | None = None) -> Sequence[Phase]:
    """The phases of a programme, or of all, in the order of their days."""
    statement = select(Phase).order_by(Phase.starts)
    if programme_id is not None:
        statement = statement.where(Phase.programme_id == programme_id)
    return (await session.scalars(statement)).all()


async def add(session: AsyncSession, row: Programme | Phase) -> None:
    """Write a new programme or phase."""
    session.add(row)
    await session.flush()
