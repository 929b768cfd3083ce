"""Giving roles, and taking them back."""

from collections.abc import Awaitable, Callable, Sequence

from bot.services import telling
from bot.services.act import Act
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from bot.services.telling import NoticeKind
from storage.people import roles as stored
from storage.people.tables import Role, RoleGrant
from storage.units.tables import Unit

#: What a domain does when somebody has lost a role; takes their id.
RoleTaken = Callable[[Act, int], Awaitable[None]]

#: To somebody who was given a role, or lost one.
ROLE = NoticeKind("role")


async def give(act: Act, person_id: int, unit_id: int, role: Role, *, by: int | None) -> None:
    """Give a role; having it already is fine. Rights were checked where the invite was made."""
    if await stored.holds(act.session, person_id, unit_id, role):
        return
    act.session.add(
        RoleGrant(person_id=person_id, unit_id=unit_id, role=role, granted_by=by, granted_at=act.now)
    )
    act.record("role_given", unit_id=unit_id, person_id=person_id, role=role.value, given_by=by)
    await act.session.flush()


async def take_back(act: Act, grant_id: int, follow: Sequence[RoleTaken] = ()) -> RoleGrant:
    """Take a role back; officers do that within their subtree.

    ``follow``: what the domains do about it. Raises :class:`Refusal`, :class:`Forbidden`.
    """
    grant = await act.session.get(RoleGrant, grant_id)
    if grant is None or grant.revoked_at is not None:
        raise Refusal("team.gone_already")
    await require(act, grant.unit_id, Power.APPOINT)
    grant.revoked_at, grant.revoked_by = act.now, act.actor_id
    act.record("role_taken", unit_id=grant.unit_id, person_id=grant.person_id, role=grant.role.value)
    unit = await act.session.get_one(Unit, grant.unit_id)
    await telling.tell_people(
        act,
        [grant.person_id],
        ROLE,
        f"role:{grant.id}:taken",
        role=grant.role.value,
        unit=unit.name,
        given=False,
    )
    await act.session.flush()
    for do in follow:
        await do(act, grant.person_id)
    return grant
