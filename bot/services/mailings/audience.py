"""Who may write to many people, and how many people a mailing reaches."""

from collections.abc import Collection, Sequence

from bot.services.act import Act
from bot.services.people.rights import Grant, reach, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.delivery.reach import Closed
from storage.engine import Session
from storage.mailings import audience as audiences
from storage.mailings.audience import Audience, Reached


async def may_write(act: Act) -> Sequence[Grant]:
    """The roles by which the actor may write to people, the widest first. Raises :class:`Forbidden`."""
    found = (await reach(act)).with_power(Power.WRITE)
    if not found:
        raise Forbidden
    return found


async def reached(
    session: Session, audience: Audience, closed: Closed, channels: Collection[str] | None = None
) -> Reached:
    """How many people an audience has now.

    ``closed``: as in ``storage.delivery.reach``, at the moment of sending. ``channels``: those that run; None for all.
    """
    path = await unit_path(session, audience.unit_id)
    return await audiences.count(session, audience, path, closed, channels)
