"""What a mailing says to each of the people who were claimed for it, or why it says nothing to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.protect import hold_broadcast_back
from bot.delivery.mailer import Send, Verdict
from bot.handlers import mailing_words
from bot.handlers.turn import World
from bot.services.mailings import BROADCAST
from storage import audience as audiences
from storage.audience import Audience
from storage.mailings import Mailing
from storage.models import Unit
from storage.recipients import Reader


class Composer:
    """Words mailings; see ``bot.delivery.mailer.Compose``."""

    def __init__(self, world: World) -> None:
        """Sentences and settings come from the world."""
        self._world = world

    async def __call__(
        self, session: AsyncSession, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        """A verdict for each reader."""
        audience = Audience.from_json(mailing.audience)
        unit = await session.get(Unit, audience.unit_id)
        if unit is None:
            return {}
        ids = [reader.person_id for reader in readers]
        meant = await audiences.still(session, audience, unit.path, ids)
        if mailing.kind == BROADCAST:
            return self._broadcast(mailing, unit.name, readers, meant, now)
        return {}

    def _broadcast(
        self, mailing: Mailing, unit_name: str, readers: Sequence[Reader], meant: set[int], now: datetime
    ) -> dict[int, Verdict]:
        worded: dict[str, Send] = {}
        found: dict[int, Verdict] = {}
        for reader in readers:
            # Without a way to reach them they are in no audience any more; that is another reason than having left it.
            is_for_them = reader.person_id in meant or reader.account_id is None
            held = hold_broadcast_back(mailing, reader, is_for_them=is_for_them, now=now)
            if held is None and reader.language not in worded:
                say = self._world.texts.say(reader.language)
                worded[reader.language] = Send(mailing_words.broadcast(say, mailing, unit_name))
            found[reader.person_id] = held or worded[reader.language]
        return found
