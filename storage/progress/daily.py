"""Progress day by day: the counts as each day left them, and what becomes of them when units move."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Date, Integer, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import insert
from storage.initiatives.tables import Tally
from storage.marks import Mark
from storage.progress.tables import DailyCount
from storage.units.tables import Unit
from storage.units.tree import path_ids

_COUNTS = ("submitted", "approved", "recognised", "recorded")
_KEPT = "daily_counts_to"
#: Days that are made up for after a time in which nothing was kept: far more than a campaign can have.
_MADE_UP_FOR = timedelta(days=366)


async def keep_day(session: AsyncSession, day: date) -> bool:
    """Keep all counts as those at the end of a day, once: the line of progress is drawn from them.

    Days before it of which nothing was kept had the same: without the bot nothing is decided. Gives False when the
    day was kept already.
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
            insert(session, DailyCount)
            .from_select(["unit_id", "phase_id", "day", *_COUNTS], rows)
            .execution_options(synchronize_session=False)
        )
    return True


async def _first_to_keep(session: AsyncSession, day: date) -> bool:
    """Whether this is the first to keep a day at all: of two processes that start together, one is."""
    first = insert(session, Mark).values(name=_KEPT, value={"day": day.isoformat()}).on_conflict_do_nothing()
    return await session.scalar(first.returning(Mark.name)) is not None


async def at_end_of(
    session: AsyncSession, unit_ids: Sequence[int], phase_id: int, day: date, counted: str
) -> dict[int, int]:
    """The counts of units at the end of a day, by unit; of the last day that was kept, if that is earlier.

    ``counted`` names the figure, such as ``approved``. Units that had nothing are absent.
    """
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


async def by_day(
    session: AsyncSession, unit_id: int, phase_id: int, first: date, last: date, counted: str
) -> list[tuple[date, int]]:
    """The counts of a unit at the end of each day that was kept, in order; ``counted`` names the figure."""
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
    statement = insert(session, DailyCount).from_select(["unit_id", "phase_id", "day", *_COUNTS], rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["unit_id", "phase_id", "day"],
            set_={name: columns[name] + statement.excluded[name] for name in _COUNTS},
        ).execution_options(synchronize_session=False)
    )
