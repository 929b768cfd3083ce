"""Support teams and officers: who checks, who answers for a unit, and whom they look after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.text import fold, same_key
from bot.services.act import Act
from bot.services.people.rights import reach, require, unit_path
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Forbidden
from bot.services.telling import NoticeKind, tell_people
from storage.engine import Session
from storage.people import members
from storage.people import roles as stored
from storage.people.tables import Person, RoleGrant
from storage.units import tree
from storage.units.tables import Unit


async def team_of(
    session: Session, path: str, *, besides: Collection[int] = ()
) -> tuple[Unit | None, Sequence[int]]:
    """The nearest unit, from this one upwards, that has a support team, and the ids of its members.

    ``besides``: a team of nobody but these is passed over.
    """
    ids = tree.path_ids(path)
    teams = await stored.holders(session, ids, roles_with(Power.CHECK))
    for unit_id in reversed(ids):
        if set(teams.get(unit_id, ())) - set(besides):
            return await session.get(Unit, unit_id), teams[unit_id]
    return None, ()


async def tell_those_above_all(act: Act, kind: NoticeKind, key: str, **details: Any) -> None:  # noqa: ANN401 - JSON
    """Tell the officers of the units that have none above them; once for a key."""
    officers = await stored.holders_at_the_top(act.session, roles_with(Power.APPOINT))
    await tell_people(act, officers, kind, key, **details)


# ---------------------------------------------------------------- as those see it who look after a unit


@dataclass(frozen=True, slots=True)
class Team:
    """Who steers a unit, and which units are right below it."""

    unit: Unit
    holders: Sequence[tuple[RoleGrant, Person]]
    #: Whether whoever looks may give and take roles here.
    may_appoint: bool
    below: Sequence[Unit]
    #: Whether there are more units below.
    more: bool


async def team(act: Act, unit_id: int, *, offset: int = 0, limit: int = 0) -> Team:
    """The team of a unit, for its officers and support team; and ``limit`` of the units right below it.

    Raises :class:`Forbidden`.
    """
    unit = await unit_looked_after(act, unit_id)
    below = await tree.children_page(act.session, unit_id, offset=offset, limit=limit + 1)
    held = await reach(act)
    return Team(
        unit,
        await stored.grants_in(act.session, unit_id),
        held.may(Power.APPOINT, unit.path),
        below[:limit],
        len(below) > limit,
    )


async def unit_looked_after(act: Act, unit_id: int) -> Unit:
    """A unit, for its officers and support team. Raises :class:`Forbidden`."""
    await require(act, unit_id, Power.LOOK_AFTER)
    unit = await act.session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden
    return unit


async def find_members(act: Act, unit_id: int, typed: str, limit: int) -> Sequence[Person]:
    """People of a unit and all below it by (part of) their name, for its officers and support team.

    Raises :class:`Forbidden`.
    """
    await require(act, unit_id, Power.LOOK_AFTER)
    path = await unit_path(act.session, unit_id)
    found = await members.find(act.session, path, fold(typed).split(), limit)
    act.record("searched_people", unit_id=unit_id, words=typed[:100], number=len(found))
    return found


async def members_named(act: Act, unit_id: int, name: str) -> Sequence[Person]:
    """People of a unit and all below it with exactly this name, for its officers and support team.

    Raises :class:`Forbidden`.
    """
    alike = await members_like(act, unit_id, name)
    return [one for one in alike if same_key(one.name) == same_key(name)]


async def members_like(act: Act, unit_id: int, name: str) -> Sequence[Person]:
    """The same with names that are this one but for their marks."""
    await require(act, unit_id, Power.LOOK_AFTER)
    return await members.named(act.session, await unit_path(act.session, unit_id), fold(name))


async def find_to_sign_in(act: Act, typed: str, limit: int) -> Sequence[Person]:
    """Registered people by (part of) their name, of each unit in which the actor may sign them in.

    ``limit``: how many are looked at in each of them. Raises :class:`Forbidden`.
    """
    held = await reach(act)
    found = [
        person
        for grant in held.with_power(Power.SIGN_IN)
        for person in await find_members(act, grant.unit_id, typed, limit)
    ]
    return [person for person in found if person.registered_at is not None]
