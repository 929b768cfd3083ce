"""What a mailing says to each of the people who were claimed for it, by the voice of its family of mailings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.verdicts import Verdict
from bot.screens.showing import PlainShowing
from bot.services.shared import Services
from storage.engine import Session
from storage.mailings import audience as audiences
from storage.mailings.audience import Audience
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Claimed:
    """Some people of a mailing, who are about to be written to."""

    session: Session
    services: Services
    mailing: Mailing
    #: The unit of its audience.
    unit: Unit
    readers: Sequence[Reader]
    #: Those of them whom the mailing is still for.
    meant: AbstractSet[int]
    now: datetime

    def is_for(self, reader: Reader) -> bool:
        """Whether the mailing is still for somebody.

        Who cannot be reached is in no audience any more; that is another reason than having left it.
        """
        return reader.person_id in self.meant or reader.account_id is None

    def showing(self, language: str) -> PlainShowing:
        """To make screens in a language."""
        return PlainShowing(self.session, self.services, self.services.texts.say(language), self.now)


#: A verdict for each reader; those it leaves out no longer belong to the mailing.
Voice = Callable[[Claimed], Awaitable[Mapping[int, Verdict]]]


class Composer:
    """Words mailings; see ``bot.delivery.verdicts.Compose``."""

    def __init__(self, services: Services, voices: Mapping[str, Voice]) -> None:
        """``voices`` by family: the word before the first colon of a mailing's key."""
        self._services = services
        self._voices = voices

    async def __call__(
        self, session: Session, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        """A verdict for each reader. Raises KeyError for a family without a voice."""
        voice = self._voices[mailing.key.partition(":")[0]]
        audience = Audience.from_json(mailing.audience)
        unit = await session.get(Unit, audience.unit_id)
        if unit is None:
            return {}
        ids = [reader.person_id for reader in readers]
        meant = await audiences.still(session, audience, unit.path, ids)
        return await voice(Claimed(session, self._services, mailing, unit, readers, meant, now))
