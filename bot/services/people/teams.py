"""Who checks, and who answers for a unit: found from the unit upwards."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from bot.services.people.roles import Power, roles_with
from bot.services.telling import NoticeKind, tell_people
from storage.people.tables import Person, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import path_ids

#: To somebody who was given a role, or lost one.
ROLE = NoticeKind("role")

_TEAM = (
    select(RoleGrant.unit_id, RoleGrant.person_id)
    .join(Person, Person.id == RoleGrant.person_id)
    .where(
        RoleGrant.unit_id.in_(bindparam("units", expanding=True)),
        RoleGrant.role.in_(roles_with(Power.CHECK)),
        RoleGrant.revoked_at.is_(None),
        Person.registered_at.is_not(None),
    )
    .order_by(RoleGrant.person_id)
)


async def team_of(session: AsyncSession, path: str) -> tuple[Unit | None, Sequence[int]]:
    """The nearest unit, from this one upwards, that has a support team, and the ids of its members."""
    rows = await session.execute(_TEAM, {"units": path_ids(path)})
    teams: dict[int, list[int]] = {}
    for unit_id, person_id in rows:
        teams.setdefault(unit_id, []).append(person_id)
    for unit_id in reversed(path_ids(path)):
        if unit_id in teams:
            return await session.get(Unit, unit_id), teams[unit_id]
    return None, ()


async def tell_those_above_all(act: Act, kind: NoticeKind, key: str, **details: Any) -> None:  # noqa: ANN401
    """Tell the officers of the units that have none above them; once for a key."""
    officers = await act.session.scalars(
        select(RoleGrant.person_id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(
            Unit.parent_id.is_(None),
            RoleGrant.role.in_(roles_with(Power.APPOINT)),
            RoleGrant.revoked_at.is_(None),
        )
    )
    await tell_people(act, officers.all(), kind, key, **details)
