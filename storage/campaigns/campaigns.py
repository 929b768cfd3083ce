"""Campaigns as they are kept, and what all units had at the end of each day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.campaigns.tables import Campaign, CampaignState
from storage.units.tables import Unit
from storage.units.tree import below, path_ids


async def hold(session: AsyncSession, campaign_id: int) -> Campaign | None:
    """A campaign, locked: changes happen one after the other."""
    found: Campaign | None = await session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def same(session: AsyncSession, unit_id: int, starts: date, name: str) -> Campaign | None:
    """The campaign of a unit with this first day and name that was not taken back."""
    found: Campaign | None = await session.scalar(
        select(Campaign)
        .where(
            Campaign.unit_id == unit_id,
            Campaign.starts == starts,
            Campaign.name == name,
            Campaign.state != CampaignState.CANCELLED,
        )
        .order_by(Campaign.id)
        .limit(1)
    )
    return found


async def around(
    session: AsyncSession, paths: Sequence[str], *, offset: int, limit: int
) -> Sequence[Campaign]:
    """The campaigns of the units of these paths, of those above and of those below them, the newest first."""
    above = {number for path in paths for number in path_ids(path)}
    rows = await session.scalars(
        select(Campaign)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(or_(Unit.id.in_(sorted(above)), *(below(path) for path in paths)))
        .order_by(Campaign.starts.desc(), Campaign.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def with_unit_codes(session: AsyncSession) -> Sequence[tuple[Campaign, str]]:
    """All campaigns with the code of their unit, the newest first."""
    rows = await session.execute(
        select(Campaign, Unit.code)
        .join(Unit, Unit.id == Campaign.unit_id)
        .order_by(Campaign.starts.desc(), Campaign.id.desc())
    )
    return [(one, code) for one, code in rows]


async def to_begin_or_end(session: AsyncSession, today: date) -> Sequence[Campaign]:
    """Those whose first day has come and that have not begun, and those whose last day is over and that have not ended."""
    rows = await session.scalars(
        select(Campaign).where(
            or_(
                and_(Campaign.state == CampaignState.PLANNED, Campaign.starts <= today),
                and_(Campaign.state == CampaignState.RUNNING, Campaign.ends < today),
            )
        )
    )
    return rows.all()


async def open_between(session: AsyncSession, first: date, last: date) -> Sequence[Campaign]:
    """Those to come or running that have any of the days between two, both included."""
    rows = await session.scalars(
        select(Campaign).where(
            Campaign.state.in_([CampaignState.PLANNED, CampaignState.RUNNING]),
            Campaign.starts <= last,
            Campaign.ends >= first,
        )
    )
    return rows.all()


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
