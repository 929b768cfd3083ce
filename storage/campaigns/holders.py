"""Who holds a role in the units of a campaign."""

from collections.abc import Sequence

from sqlalchemy import select

from storage.engine import Session
from storage.people.tables import Role, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below


async def widest_units(session: Session, path: str, role: Role, people: Sequence[int]) -> dict[int, int]:
    """For which unit of a subtree each of these people holds a role: the widest."""
    rows = await session.execute(
        select(RoleGrant.person_id, Unit.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            RoleGrant.person_id.in_(people),
            RoleGrant.role == role,
            RoleGrant.revoked_at.is_(None),
            below(path),
        )
        .order_by(Unit.path.desc())
    )
    return {person_id: unit_id for person_id, unit_id in rows}  # noqa: C416 - a row is no pair for the checker
