"""Roles that people hold in units."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select

from storage.engine import Session
from storage.people.tables import Person, Role, RoleGrant
from storage.units.tables import Unit

# Asked with every menu: making the expression anew each time costs as much as the answer.
_HELD = (
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

_HOLDERS = (
    select(RoleGrant.unit_id, RoleGrant.person_id)
    .join(Person, Person.id == RoleGrant.person_id)
    .where(
        RoleGrant.unit_id.in_(bindparam("units", expanding=True)),
        RoleGrant.role.in_(bindparam("roles", expanding=True)),
        RoleGrant.revoked_at.is_(None),
        Person.registered_at.is_not(None),
    )
    .order_by(RoleGrant.person_id)
)


async def held(session: Session, person_id: int) -> Sequence[tuple[Role, int, str, str]]:
    """The roles that a registered person holds, the widest first: the role, and its unit's id, name and path."""
    rows = await session.execute(_HELD, {"person": person_id})
    return [(role, unit_id, name, path) for role, unit_id, name, path in rows]


async def held_in(session: Session, person_id: int) -> set[tuple[int, Role]]:
    """The roles that a person holds, each with its unit's id."""
    rows = await session.execute(
        select(RoleGrant.unit_id, RoleGrant.role).where(
            RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None)
        )
    )
    return {(unit_id, role) for unit_id, role in rows}


async def holds(session: Session, person_id: int, unit_id: int, role: Role) -> bool:
    """Whether a person holds a role in this very unit."""
    found = await session.scalar(
        select(RoleGrant.id).where(
            RoleGrant.person_id == person_id,
            RoleGrant.unit_id == unit_id,
            RoleGrant.role == role,
            RoleGrant.revoked_at.is_(None),
        )
    )
    return found is not None


async def holders(session: Session, unit_ids: Sequence[int], roles: Collection[Role]) -> dict[int, list[int]]:
    """Who holds one of the roles in each of these units: people's ids by the unit's; units without any are missing."""
    found: dict[int, list[int]] = {}
    for unit_id, person_id in await session.execute(
        _HOLDERS, {"units": list(unit_ids), "roles": sorted(roles)}
    ):
        found.setdefault(unit_id, []).append(person_id)
    return found


async def grants_in(session: Session, unit_id: int) -> Sequence[tuple[RoleGrant, Person]]:
    """The roles that are held in a unit, each with who holds it."""
    rows = await session.execute(
        select(RoleGrant, Person)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.unit_id == unit_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.role, Person.name)
    )
    return [(row[0], row[1]) for row in rows]


async def holders_at_the_top(session: Session, roles: Collection[Role]) -> Sequence[int]:
    """Who holds one of the roles in a unit that has none above it."""
    found = await session.scalars(
        select(RoleGrant.person_id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(Unit.parent_id.is_(None), RoleGrant.role.in_(roles), RoleGrant.revoked_at.is_(None))
    )
    return found.all()


async def appointed_by(session: Session, person_id: int) -> set[int]:
    """Somebody, and all to whom they gave a role, or somebody did who has theirs from them; also roles taken back since."""
    given = (
        select(RoleGrant.person_id.label("person"))
        .where(RoleGrant.granted_by == person_id)
        .cte("given", recursive=True)
    )
    given = given.union(select(RoleGrant.person_id).join(given, RoleGrant.granted_by == given.c.person))
    return {person_id, *(await session.scalars(select(given.c.person)))}
