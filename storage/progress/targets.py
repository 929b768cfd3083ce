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
