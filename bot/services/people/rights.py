"""Who may do what, where: a role in a unit reaches that unit and all below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from bot.services.refusal import Forbidden
from storage.people.tables import Person, Role, RoleGrant
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds."""

    role: Role
    unit_id: int
    unit_name: str
    path: str


# Asked with every menu: making the expression anew each time costs as much as the answer.
_GRANTS = (
    select(RoleGrant.role, Unit.id, Unit.name, Unit.path)
    .join(Unit, Unit.id == RoleGrant.unit_id)
    .join(Person, Person.id == RoleGrant.person_id)
    .where(
        RoleGrant.person_id == bindparam("person"),
        RoleGrant.revoked_at.is_(None),
        Person.registered_at.is_not(None),
    )
    .order_by(Unit.path, RoleGrant.role)
)


async def grants_of(session: AsyncSession, person_id: int | None) -> tuple[Grant, ...]:
    """The roles a person holds now, the widest reach first."""
    if person_id is None:
        return ()
    rows = await session.execute(_GRANTS, {"person": person_id})
    return tuple(Grant(role, unit_id, name, path) for role, unit_id, name, path in rows)


def reaches(grants: Sequence[Grant], role: Role, path: str) -> bool:
    """Whether a role is held in the unit of this path, or above it."""
    return any(grant.role is role and path.startswith(grant.path) for grant in grants)


async def unit_path(session: AsyncSession, unit_id: int | None) -> str:
    """The path of a unit. Raises :class:`Forbidden` for one that does not exist: nothing is told of it either."""
    path = await session.scalar(select(Unit.path).where(Unit.id == unit_id)) if unit_id else None
    if path is None:
        raise Forbidden
    return path


async def require(act: Act, unit_id: int | None, *roles: Role) -> tuple[Grant, ...]:
    """Go on only when the actor holds one of these roles for the unit; gives the actor's roles.

    The command line (no actor) may do everything. Raises :class:`Forbidden`.
    """
    if act.actor_id is None:
        return ()
    grants = await grants_of(act.session, act.actor_id)
    path = await unit_path(act.session, unit_id)
    if not any(reaches(grants, role, path) for role in roles):
        raise Forbidden
    return grants
