"""The support team's queue: the initiatives that wait in the actor's units."""

from collections.abc import Sequence

from bot.services.act import Act
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.texts import Say
from storage.initiatives.cards import Line
from storage.initiatives.tables import InitiativeState
from storage.review import queue as stored

#: The states in which an initiative waits for the support team.
WAITING = (InitiativeState.SUBMITTED,)


async def queue(
    act: Act, *, offset: int, limit: int, states: Sequence[InitiativeState] = WAITING
) -> tuple[Sequence[Line], int]:
    """The queue of the actor's teams, earliest deadline first, and its length. Raises :class:`Forbidden`."""
    paths = (await reach(act)).paths(Power.CHECK)
    lines = await stored.page(act.session, paths, offset=offset, limit=limit, states=states)
    return lines, await stored.size(act.session, paths, states)


def counted(say: Say, count: int) -> str:
    """A queue's length as people read it: "500+" where counting stopped."""
    return f"{say.number(count)}+" if count >= stored.COUNTED else say.number(count)
