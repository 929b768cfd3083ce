"""What the bot's plan at Zalo allows: so many messages a month, and so many people.

Counted in the database, a few at a time: what a kill leaves unused counts as sent. Messages of mailings stop at nine
tenths, so that people still get their answers; those who answer for the bot are told in good time.
"""

import logging
from typing import Final

from bot.clock import LOCAL_ZONE, Clock
from bot.delivery.channel import OverPlan
from bot.services.act import Act
from bot.services.mailings import kinds
from bot.services.people import teams
from storage.delivery import sent_counts
from storage.engine import Database, Session

log = logging.getLogger(__name__)

#: The part of the plan from which on people are told, and the part that mailings may use.
TELL_FROM: Final = 0.8
BULK_UNTIL: Final = 0.9
#: Messages counted in one trip to the database.
_AT_ONCE: Final = 10


class Plan:
    """The plan of one bot."""

    def __init__(self, channel: str, monthly: int, people: int, database: Database, clock: Clock) -> None:
        """``monthly`` messages and ``people``; 0 where the plan has no such end."""
        self._channel = channel
        self._monthly = monthly
        self._people = people
        self._database = database
        self._clock = clock
        self._month = ""
        self._counted = 0
        self._left = 0
        self._told: set[str] = set()

    async def look(self) -> None:
        """See how much is used; at the start, and again now and then, since people come one by one."""
        async with self._database.write() as session:
            await self._look_at_people(session)
            await self._add(session, 0)

    async def count(self) -> None:
        """One more message is about to leave."""
        if not self._monthly:
            return
        if not self._left or self._month != self._this_month():
            async with self._database.write() as session:
                await self._add(session, _AT_ONCE)
            self._left = _AT_ONCE
        self._left -= 1

    async def check_bulk(self) -> None:
        """Whether a message that answers nobody may leave. Raises :class:`OverPlan`."""
        if not self._monthly:
            return
        if self._month != self._this_month():
            await self.look()
        if self._counted - self._left >= self._monthly * BULK_UNTIL:
            raise OverPlan(f"{self._counted - self._left} of {self._monthly} messages of the month are sent")

    def _this_month(self) -> str:
        return f"{self._clock.now().astimezone(LOCAL_ZONE):%Y-%m}"

    async def _add(self, session: Session, number: int) -> None:
        if not self._monthly:
            return
        month = self._this_month()
        total = await sent_counts.add(session, self._channel, month, number)
        before = total - number
        for part, what in ((TELL_FROM, "messages"), (1.0, "messages_used_up")):
            if before < self._monthly * part <= total:
                await self._tell(session, what, f"{month}", total, self._monthly)
        if month != self._month:
            self._month, self._left = month, 0
        self._counted = total

    async def _look_at_people(self, session: Session) -> None:
        if not self._people:
            return
        number = await sent_counts.people(session, self._channel)
        if number >= self._people * TELL_FROM:
            # Once for the warning, and once more when it is full.
            step = "full" if number >= self._people else "nearly"
            await self._tell(session, "people", step, number, self._people)

    async def _tell(self, session: Session, what: str, step: str, number: int, limit: int) -> None:
        key = f"plan:{self._channel}:{what}:{step}"
        if key in self._told:
            return
        self._told.add(key)
        log.warning("the plan of %s comes to its end: %s, %d of %d", self._channel, what, number, limit)
        act = Act(session, self._clock.now(), None)
        await teams.tell_those_above_all(
            act, kinds.PLAN, key, channel=self._channel, what=what, n=number, limit=limit
        )
