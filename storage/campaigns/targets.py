"""The targets of campaigns: how many initiatives each unit is to bring while one runs."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert, select

from storage.campaigns.tables import CampaignTarget
from storage.engine import Session
from storage.units.tables import Unit
from storage.units.tree import below


async def by_unit(
    session: Session, campaign_id: int, unit_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """The numbers of a campaign by unit; of all its units, or of some."""
    statement = select(CampaignTarget.unit_id, CampaignTarget.number).where(
        CampaignTarget.campaign_id == campaign_id
    )
    if unit_ids is not None:
        statement = statement.where(CampaignTarget.unit_id.in_(list(unit_ids)))
    rows = await session.execute(statement)
    return {unit_id: number for unit_id, number in rows}  # noqa: C416 - a row is not a pair for the type checker


async def with_units(session: Session, campaign_id: int) -> list[tuple[Unit, int]]:
    """The numbers of a campaign with their units, the highest unit first."""
    rows = await session.execute(
        select(Unit, CampaignTarget.number)
        .join(CampaignTarget, CampaignTarget.unit_id == Unit.id)
        .where(CampaignTarget.campaign_id == campaign_id)
        .order_by(func.length(Unit.path), Unit.name)
    )
    return [(unit, number) for unit, number in rows]


async def put(session: Session, campaign_id: int, numbers: Mapping[int, int]) -> None:
    """Make these the targets of a campaign, and no others."""
    await session.execute(delete(CampaignTarget).where(CampaignTarget.campaign_id == campaign_id))
    await _add(session, campaign_id, numbers)


async def put_one(session: Session, campaign_id: int, unit_id: int, number: int) -> None:
    """Set the number of one unit."""
    await session.merge(CampaignTarget(campaign_id=campaign_id, unit_id=unit_id, number=number))


async def put_below(session: Session, campaign_id: int, unit: Unit, numbers: Mapping[int, int]) -> None:
    """Make these the targets of the units below one, and no others."""
    inside = select(Unit.id).where(below(unit.path), Unit.id != unit.id)
    await session.execute(
        delete(CampaignTarget)
        .where(CampaignTarget.campaign_id == campaign_id, CampaignTarget.unit_id.in_(inside))
        .execution_options(synchronize_session=False)
    )
    await _add(session, campaign_id, numbers)


async def _add(session: Session, campaign_id: int, numbers: Mapping[int, int]) -> None:
    if numbers:
        await session.execute(
            insert(CampaignTarget),
            [
                {"campaign_id": campaign_id, "unit_id": unit_id, "number": number}
                for unit_id, number in numbers.items()
            ],
        )
