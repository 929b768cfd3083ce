"""Who may do what, where: a role in a unit reaches that unit and all below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.services.act import Act
from bot.services.people.roles import POWERS, Power
from bot.services.refusal import Forbidden
from storage.engine import Session
from storage.people import roles as stored
from storage.people.tables import Role
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds."""

    role: Role
    unit_id: int
    unit_name: str
    path: str

    def gives(self, power: Power) -> bool:
        """Whether the role has a power."""
        return power in POWERS[self.role]


@dataclass(frozen=True, slots=True)
class Reach:
    """All roles that somebody holds now, the widest first: what they may do, and where."""

    grants: tuple[Grant, ...] = ()

    def __iter__(self) -> Iterator[Grant]:
        """The roles, the widest first."""
        return iter(self.grants)

    def __bool__(self) -> bool:
        """Whether they hold any role."""
        return bool(self.grants)

    def may(self, power: Power, path: str) -> bool:
        """Whether a power reaches the unit of a path."""
        return any(grant.gives(power) and path.startswith(grant.path) for grant in self.grants)

    def has(self, power: Power) -> bool:
        """Whether they have a power anywhere."""
        return any(grant.gives(power) for grant in self.grants)

    def with_power(self, power: Power) -> Sequence[Grant]:
        """The roles that give a power, each unit once, the widest first."""
        found: dict[int, Grant] = {}
        for grant in sorted(self.grants, key=lambda one: len(one.path)):
            if grant.gives(power):
                found.setdefault(grant.unit_id, grant)
        return list(found.values())

    def paths(self, power: Power) -> Sequence[str]:
        """The subtrees in which they have a power, none inside another. Raises :class:`Forbidden` for none."""
        paths = [grant.path for grant in self.with_power(power)]
        if not paths:
            raise Forbidden
        return [
            path for path in paths if not any(other != path and path.startswith(other) for other in paths)
        ]

    def top(self, power: Power) -> Grant:
        """The widest role that gives a power. Raises :class:`Forbidden` when there is none."""
        found = self.with_power(power)
        if not found:
            raise Forbidden
        return found[0]


async def reach_of(session: Session, person_id: int | None) -> Reach:
    """The roles a person holds now."""
    if person_id is None:
        return Reach()
    return Reach(tuple(Grant(*one) for one in await stored.held(session, person_id)))


async def reach(act: Act) -> Reach:
    """The roles the actor holds now."""
    return await reach_of(act.session, act.actor_id)


async def unit_path(session: Session, unit_id: int | None) -> str:
    """The path of a unit. Raises :class:`Forbidden` for one that does not exist: nothing is told of it either."""
    unit = await session.get(Unit, unit_id) if unit_id else None
    if unit is None:
        raise Forbidden
    return unit.path


async def require(act: Act, unit_id: int | None, power: Power) -> Reach:
    """Go on only when the actor has a power in the unit; gives all that the actor holds.

    The command line (no actor) may do everything. Raises :class:`Forbidden`.
    """
    if act.actor_id is None:
        return Reach()
    held = await reach(act)
    if not held.may(power, await unit_path(act.session, unit_id)):
        raise Forbidden
    return held
