"""Entering for somebody who cannot: which unit it counts for, and who the author is."""

from collections.abc import Sequence

from bot.conversation.text import same_key
from bot.services.act import Act
from bot.services.initiatives.authors import AUTHOR_DETAILS
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.people import teams
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from storage.people.tables import Person
from storage.units.tree import path_ids

#: Names that differ in their marks alone are few.
_MOST_ASKED = 5


async def unit_for(act: Act, home: str) -> int:
    """The unit for which the actor enters. Raises :class:`Forbidden` when they may for none.

    It is their own, whose path is ``home``, where they are of its team; else the widest one that is their team's.
    """
    held = await reach(act)
    top = held.top(Power.ENTER).unit_id
    return path_ids(home)[-1] if home and held.may(Power.ENTER, home) else top


async def author_of_name(act: Act, unit_id: int, name: str) -> MainAuthor:
    """Whom a name means: somebody of the unit with exactly this name, if there is just one; they will hear of it."""
    same = await teams.members_named(act, unit_id, name)
    return as_author(same[0]) if len(same) == 1 else MainAuthor(name)


async def names_like(act: Act, unit_id: int, name: str) -> Sequence[str]:
    """Names of the unit that are this one but for their marks; none where somebody has exactly this one.

    Raises :class:`Forbidden`.
    """
    alike = await teams.members_like(act, unit_id, name)
    if any(same_key(one.name) == same_key(name) for one in alike):
        return ()
    return list(dict.fromkeys(one.name for one in alike))[:_MOST_ASKED]


def as_author(somebody: Person) -> MainAuthor:
    """A person as the main author, with what they told of themselves before."""
    known = {one.name: getattr(somebody, one.name) for one in AUTHOR_DETAILS}
    return MainAuthor(somebody.name, somebody.id, {name: value for name, value in known.items() if value})


async def actor_as_author(act: Act) -> MainAuthor:
    """Whoever submits for themselves."""
    somebody = await act.session.get(Person, act.actor_id) if act.actor_id else None
    return MainAuthor("") if somebody is None else as_author(somebody)
