"""Campaigns as they are kept: what was agreed, the targets of each unit, and the days on which nobody is reminded."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.campaigns.tables import Campaign, CampaignState, CampaignTarget, DayOff


async def days_off(session: AsyncSession, first: date, last: date) -> dict[date, str]:
    """The days off between two days, both included, with their names."""
    rows = await session.execute(select(DayOff.day, DayOff.name).where(DayOff.day.between(first, last)))
    return {day: name for day, name in rows}  # noqa: C416 - a row is not a pair for the type checker


async def targets(
    session: AsyncSession, campaign_id: int, unit_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """The numbers of a campaign by unit; of all its units, or of some."""
    statement = select(CampaignTarget.unit_id, CampaignTarget.number).where(
        CampaignTarget.campaign_id == campaign_id
    )
    if unit_ids is not None:
        statement = statement.where(CampaignTarget.unit_id.in_(list(unit_ids)))
    rows = await session.execute(statement)
    return {unit_id: number for unit_id, number in rows}  # noqa: C416 - as above


async def of_units(
    session: AsyncSession, unit_ids: Sequence[int], states: Sequence[CampaignState]
) -> Sequence[Campaign]:
    """The campaigns of exactly these units that stand at these states, the newest first."""
    return (
        await session.scalars(
            select(Campaign)
            .where(Campaign.unit_id.in_(list(unit_ids)), Campaign.state.in_(list(states)))
            .order_by(Campaign.starts.desc(), Campaign.id.desc())
        )
    ).all()
