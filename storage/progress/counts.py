"""The counts of units as they are read, and counted anew from the rows themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import hold_tables
from storage.initiatives.tables import Initiative, InitiativeState, OpeningBalance, Tally, Target
from storage.initiatives.tally import COLUMNS, Change
from storage.units.tables import Unit
from storage.units.tree import below, path_ids


@dataclass(frozen=True, slots=True)
class UnitCount:
    """The counts of a unit with all below it, in one phase or several."""

    unit_id: int
    parent_id: int | None
    name: str
    members: int | None
    has_children: bool
    submitted: int
    approved: int
    recognised: int
    recorded: int
    opening: int
    benefit: int
    target: int | None


def _counts(phase_ids: Sequence[int]) -> Any:  # noqa: ANN401 - a select
    phases = list(phase_ids)
    sums = (
        select(Tally.unit_id, *(func.sum(getattr(Tally, name)).label(name) for name in COLUMNS))
        .where(Tally.phase_id.in_(phases))
        .group_by(Tally.unit_id)
    )
    return sums, select(Target.unit_id, func.sum(Target.number).label("number")).where(
        Target.phase_id.in_(phases)
    ).group_by(Target.unit_id)


async def of_units(
    session: AsyncSession,
    phase_ids: Sequence[int],
    *,
    unit_id: int | None = None,
    parent_id: int | None = None,
    path: str | None = None,
) -> Sequence[UnitCount]:
    """The counts of one unit, of all right below one, or of a whole subtree by its path."""
    chosen = Unit.id == unit_id if unit_id is not None else Unit.parent_id == parent_id
    if path is not None:
        chosen = below(path)
    ids = select(Unit.id).where(chosen)
    sums, targets = _counts(phase_ids)
    kept_sums = sums.where(Tally.unit_id.in_(ids)).subquery()
    target = targets.where(Target.unit_id.in_(ids)).subquery()
    child = Unit.__table__.alias("child")
    rows = await session.execute(
        select(
            Unit.id,
            Unit.parent_id,
            Unit.name,
            Unit.members,
            select(child.c.id).where(child.c.parent_id == Unit.id).exists(),
            *(func.coalesce(kept_sums.c[name], 0) for name in COLUMNS),
            target.c.number,
        )
        .join(kept_sums, kept_sums.c.unit_id == Unit.id, isouter=True)
        .join(target, target.c.unit_id == Unit.id, isouter=True)
        .where(chosen)
        .order_by(Unit.id)
    )
    return [
        UnitCount(
            unit_id=row[0],
            parent_id=row[1],
            name=row[2],
            members=row[3],
            has_children=row[4],
            target=None if row[11] is None else int(row[11]),
            **{name: int(value) for name, value in zip(COLUMNS, row[5:11], strict=True)},
        )
        for row in rows
    ]


# ---------------------------------------------------------------- checking


async def hold(session: AsyncSession) -> None:
    """Keep initiatives and counts as they are until the end of this transaction; to be called before changing any.

    While counts are rebuilt, no decision may add to them: it would be counted twice, or lost.
    """
    await hold_tables(session, Initiative, OpeningBalance, Tally)


async def recount(session: AsyncSession) -> dict[tuple[int, int], Change]:
    """The counts as the rows themselves give them, by (unit, phase)."""
    approved = Initiative.state == InitiativeState.APPROVED
    alive = Initiative.state.not_in([InitiativeState.WITHDRAWN, InitiativeState.REJECTED])

    def number(condition: Any) -> Any:  # noqa: ANN401 - SQL expressions
        return func.sum(case((condition, 1), else_=0))

    rows = await session.execute(
        select(
            Unit.path,
            Initiative.phase_id,
            number(alive),
            number(approved),
            number(and_(approved, Initiative.recognised_no.is_not(None))),
            number(and_(approved, Initiative.recorded_on.is_not(None))),
            func.sum(case((approved, func.coalesce(Initiative.benefit, 0)), else_=0)),
        )
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(Initiative.phase_id.is_not(None))
        .group_by(Unit.path, Initiative.phase_id)
    )
    found: dict[tuple[int, int], Change] = {}

    def put(path: str, phase_id: int, change: Change) -> None:
        for unit_id in path_ids(path):
            found[unit_id, phase_id] = change - (Change() - found.get((unit_id, phase_id), Change()))

    for path, phase_id, submitted, is_approved, recognised, recorded, benefit in rows:
        put(
            path,
            phase_id,
            Change(int(submitted), int(is_approved), int(recognised), int(recorded), 0, int(benefit)),
        )
    openings = await session.execute(
        select(Unit.path, OpeningBalance.phase_id, OpeningBalance.number, OpeningBalance.benefit).join(
            Unit, Unit.id == OpeningBalance.unit_id
        )
    )
    for path, phase_id, opening, benefit in openings:
        put(path, phase_id, Change(opening=opening, benefit=benefit))
    return {key: change for key, change in found.items() if change}


async def kept(session: AsyncSession) -> dict[tuple[int, int], Change]:
    """The counts as kept, without the empty ones."""
    rows = await session.scalars(select(Tally))
    all_rows = {
        (row.unit_id, row.phase_id): Change(*(getattr(row, name) for name in COLUMNS)) for row in rows
    }
    return {key: change for key, change in all_rows.items() if change}


async def rebuild(session: AsyncSession) -> int:
    """Write the counts anew from the rows. Returns how many kept ones were wrong."""
    right, before = await recount(session), await kept(session)
    wrong = sum(1 for key in right.keys() | before.keys() if right.get(key) != before.get(key))
    if wrong:
        await session.execute(delete(Tally))
        session.expunge_all()
        session.add_all(
            Tally(unit_id=unit_id, phase_id=phase_id, **{name: getattr(change, name) for name in COLUMNS})
            for (unit_id, phase_id), change in right.items()
        )
        await session.flush()
    return wrong
