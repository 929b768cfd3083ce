"""Campaigns as they are kept: what was agreed, the targets of each unit, and the days on which nobody is reminded."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.campaigns.tables import Campaign, CampaignState, CampaignTarget, DayOff
from storage.initiatives.tables import Tally
from storage.marks import Mark
from storage.progress.tables import DailyCount
from storage.units.tables import Unit
from storage.units.tree import path_ids


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


_COUNTS = ("submitted", "approved", "recognised", "recorded")
_KEPT = "daily_counts_to"
#: Days that are made up for after a time in which nothing was kept: far more than a campaign can have.
_MADE_UP_FOR = timedelta(days=366)


async def keep_day(session: AsyncSession, day: date) -> bool:
    """Keep all counts as those at the end of a day, once: the line of progress is drawn from them.

    Days before it of which nothing was kept had the same: without the bot nothing is decided. Whether
    this was the first look since.
    """
    mark = await session.get(Mark, _KEPT, populate_existing=True, with_for_update=True)
    if mark is not None and mark.value["day"] >= day.isoformat():
        return False
    first = day
    if mark is not None:
        first = max(date.fromisoformat(mark.value["day"]) + timedelta(days=1), day - _MADE_UP_FOR)
        mark.value = {"day": day.isoformat()}
        await session.flush()
    elif not await _first_to_keep(session, day):
        return False
    for number in range((day - first).days + 1):
        rows = select(
            Tally.unit_id,
            Tally.phase_id,
            literal(first + timedelta(days=number), Date),
            *(getattr(Tally, name) for name in _COUNTS),
        )
        await session.execute(
            insert(DailyCount)
            .from_select(["unit_id", "phase_id", "day", *_COUNTS], rows)
            .execution_options(synchronize_session=False)
        )
    return True


async def _first_to_keep(session: AsyncSession, day: date) -> bool:
    """Whether this is the first to keep a day at all: of two processes that start together, one is."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Mark).values(name=_KEPT, value={"day": day.isoformat()}).on_conflict_do_nothing()
    return await session.scalar(first.returning(Mark.name)) is not None


async def counts_at_end(
    session: AsyncSession, unit_ids: Sequence[int], phase_id: int, day: date, counted: str
) -> dict[int, int]:
    """What units had at the end of a day, by unit: as of the last one up to it that is over. Who had nothing is absent."""
    mark = await session.get(Mark, _KEPT, populate_existing=True)
    if mark is None:
        return {}
    last = min(day, date.fromisoformat(mark.value["day"]))
    rows = await session.scalars(
        select(DailyCount).where(
            DailyCount.unit_id.in_(list(unit_ids)), DailyCount.phase_id == phase_id, DailyCount.day == last
        )
    )
    return {row.unit_id: int(getattr(row, counted)) for row in rows}


async def line(
    session: AsyncSession, unit_id: int, phase_id: int, first: date, last: date, counted: str
) -> list[tuple[date, int]]:
    """What a unit had at the end of each day of which it is known, in order."""
    rows = await session.scalars(
        select(DailyCount)
        .where(
            DailyCount.unit_id == unit_id,
            DailyCount.phase_id == phase_id,
            DailyCount.day.between(first, last),
        )
        .order_by(DailyCount.day)
    )
    return [(row.day, int(getattr(row, counted))) for row in rows]


# ---------------------------------------------------------------- units that move


async def take_along(session: AsyncSession, before: Mapping[int, str], after: Mapping[int, str]) -> None:
    """Let the days of units that were moved count for those above them now, and no longer for those above them before.

    Otherwise the day of the move would show as gained what came long ago. ``before`` and ``after``: the paths of all
    units.
    """
    # No day is kept by the old tree meanwhile.
    await session.get(Mark, _KEPT, with_for_update=True)
    moved = [
        unit_id
        for unit_id, path in before.items()
        if unit_id in after and path_ids(path)[-2:-1] != path_ids(after[unit_id])[-2:-1]
    ]
    # From below, so that what is taken away from a unit that moves too is only what stayed with it ...
    for unit_id in sorted(moved, key=lambda one: -len(path_ids(before[one]))):
        await _add_days(session, unit_id, path_ids(before[unit_id])[:-1], -1)
    # ... and from above, so that what is added to it is not carried along a second time.
    for unit_id in sorted(moved, key=lambda one: len(path_ids(after[one]))):
        await _add_days(session, unit_id, path_ids(after[unit_id])[:-1], 1)


async def _add_days(session: AsyncSession, unit_id: int, above: Sequence[int], sign: int) -> None:
    """Add a unit's days to those above it, or take them away."""
    if not above:
        return
    upper = Unit.__table__.alias("upper")
    columns = DailyCount.__table__.c
    rows = (
        select(
            upper.c.id,
            columns.phase_id,
            columns.day,
            *(columns[name] * literal(sign, Integer) for name in _COUNTS),
        )
        .select_from(DailyCount.__table__.join(upper, upper.c.id.in_(list(above))))
        .where(columns.unit_id == unit_id)
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(DailyCount).from_select(["unit_id", "phase_id", "day", *_COUNTS], rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["unit_id", "phase_id", "day"],
            set_={name: columns[name] + statement.excluded[name] for name in _COUNTS},
        ).execution_options(synchronize_session=False)
    )
