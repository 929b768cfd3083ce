"""Looking at broadcasts, for their authors and for officers of their units."""

from collections.abc import Sequence

from bot.services.act import Act
from bot.services.mailings.kinds import BROADCAST
from bot.services.people.rights import reach, require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.mailings import mailings
from storage.mailings.tables import Mailing


async def get(act: Act, mailing_id: int) -> Mailing:
    """A mailing that the actor may see: its author's, or of a unit that they steer. Raises :class:`Forbidden`."""
    mailing = await mailings.hold(act.session, mailing_id)
    if mailing is None:
        raise Forbidden
    await require(act, mailing.unit_id, Power.WRITE)
    if mailing.created_by != act.actor_id:
        await require(act, mailing.unit_id, Power.AGREE)
    return mailing


async def lately(act: Act, *, offset: int, limit: int) -> Sequence[Mailing]:
    """The broadcasts that the actor may see, the newest first. Raises :class:`Forbidden`."""
    held = await reach(act)
    if not held.has(Power.WRITE):
        raise Forbidden
    paths = [grant.path for grant in held.with_power(Power.AGREE)]
    return await mailings.lately(
        act.session, BROADCAST, author_id=act.actor_id, paths=paths, offset=offset, limit=limit
    )
