"""Targets and opening balances as files state them."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.tables import OpeningBalance, Target


async def targets(session: AsyncSession, phase_ids: Collection[int]) -> Mapping[tuple[int, int], Target]:
    """The targets of phases, by (unit, phase)."""
    rows = await session.scalars(select(Target).where(Target.phase_id.in_(list(phase_ids))))
    return {(row.unit_id, row.phase_id): row for row in rows}


async def openings(
    session: AsyncSession, phase_ids: Collection[int]
) -> Mapping[tuple[int, int], OpeningBalance]:
    """The opening balances of phases, by (unit, phase)."""
    rows = await session.scalars(select(OpeningBalance).where(OpeningBalance.phase_id.in_(list(phase_ids))))
    return {(row.unit_id, row.phase_id): row for row in rows}


async def set_target(session: AsyncSession, unit_id: int, phase_id: int, number: int) -> None:
    """Set the target of a unit in a phase."""
    await session.merge(Target(unit_id=unit_id, phase_id=phase_id, number=number))


async def set_opening(
    session: AsyncSession,
    unit_id: int,
    phase_id: int,
    *,
    number: int | None = None,
    benefit: int | None = None,
) -> None:
    """Set what is given of the opening balance of a unit in a phase; one that is new has 0 for the rest."""
    row = await session.get(OpeningBalance, (unit_id, phase_id))
    if row is None:
        row = OpeningBalance(unit_id=unit_id, phase_id=phase_id, number=0, benefit=0)
        session.add(row)
    row.number = row.number if number is None else number
    row.benefit = row.benefit if benefit is None else benefit
