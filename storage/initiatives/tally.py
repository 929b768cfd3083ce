"""The kept counts: each change of an initiative adds to its unit and to all above it, in the same transaction."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import insert_for
from storage.initiatives.tables import Initiative, InitiativeState, Tally
from storage.units.tables import Unit
from storage.units.tree import path_ids

#: The figures that are kept, in the order of :class:`Change`.
COLUMNS = ("submitted", "approved", "recognised", "recorded", "opening", "benefit")


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to the counts; negative takes away."""

    submitted: int = 0
    approved: int = 0
    recognised: int = 0
    recorded: int = 0
    opening: int = 0
    benefit: int = 0

    def __sub__(self, other: "Change") -> "Change":
        """The difference of two standings."""
        return Change(*(getattr(self, name) - getattr(other, name) for name in COLUMNS))

    def __bool__(self) -> bool:
        """Whether anything is added at all."""
        return any(getattr(self, name) for name in COLUMNS)


def standing(initiative: Initiative) -> Change:
    """What one initiative adds to the counts as it stands now."""
    dead = (InitiativeState.WITHDRAWN, InitiativeState.REJECTED)
    approved = initiative.state is InitiativeState.APPROVED
    return Change(
        submitted=int(initiative.state not in dead),
        approved=int(approved),
        recognised=int(approved and initiative.recognised_no is not None),
        recorded=int(approved and initiative.recorded_on is not None),
        benefit=(initiative.benefit or 0) if approved else 0,
    )


@cache
def _add(dialect: str) -> Insert:
    statement = insert_for(dialect, Tally)
    return statement.on_conflict_do_update(
        index_elements=["unit_id", "phase_id"],
        set_={name: Tally.__table__.c[name] + statement.excluded[name] for name in COLUMNS},
    )


async def add(session: AsyncSession, unit_id: int, phase_id: int | None, change: Change) -> None:
    """Add to a unit and to all above it, always from the top down so that no two wait for each other.

    Where the unit belongs is read here: it may have been moved while the caller's change of an initiative, which this
    sends first, waited for those who hold the counts.
    """
    if phase_id is None or not change:
        return
    path = await session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rows = [
        {"unit_id": unit_id, "phase_id": phase_id, **{name: getattr(change, name) for name in COLUMNS}}
        for unit_id in sorted(path_ids(path))
    ]
    await session.execute(_add(session.get_bind().dialect.name), rows)
