"""What became of a mailing's messages since the last commit, until the next one writes it down."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.conversation.vocabulary import Recipient, Screen
from bot.delivery.channel import (
    Moved,
    NotSent,
    OutsideWindow,
    OverPlan,
    SendError,
    TryLater,
    Uncertain,
    Unreachable,
)
from storage.delivery.tables import Lane
from storage.mailings.ledger import Result
from storage.mailings.recipients import Reader
from storage.mailings.tables import DeliveryState

log = logging.getLogger(__name__)

#: How often what surely did not leave is tried, with waits that double from two seconds.
_TRIES = 8
#: A channel whose plan takes nothing more of a lane is asked again after so long.
_FULL_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A claimed message with its recipient and its words."""

    mailing_id: int
    lane: Lane
    reader: Reader
    screen: Screen
    #: When it was claimed.
    at: datetime

    @property
    def to(self) -> Recipient:
        """Where it goes."""
        reader = self.reader
        return Recipient(
            reader.channel, reader.chat, reader.language, reader.account_id, is_closed=reader.is_closed
        )


#: A chat, by channel and its id there, and when what it did not take was claimed.
Chat = tuple[str, str, datetime]


@dataclass(slots=True)
class Harvest:
    """What one commit writes down."""

    results: list[Result] = field(default_factory=list)
    #: Chats that nothing reaches any more.
    gone: list[Chat] = field(default_factory=list)
    #: Chats whose messenger wants them to write first.
    shut: list[Chat] = field(default_factory=list)


class Outcomes:
    """Collects what became of messages, and tells when enough of it is there to be worth a commit."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Nothing has become of anything yet."""
        self._now = now
        self._harvest = Harvest()
        self._full: dict[tuple[str, Lane], datetime] = {}
        self._tries: dict[tuple[int, int], int] = {}
        self._enough = 1
        self._enough_came = asyncio.Event()

    def __len__(self) -> int:
        """How many results are there."""
        return len(self._harvest.results)

    def take(self) -> Harvest:
        """All that is there, to be written down; give it back with :meth:`put_back` when that fails."""
        taken, self._harvest = self._harvest, Harvest()
        return taken

    def put_back(self, taken: Harvest) -> None:
        """It could not be written down."""
        later = self._harvest
        self._harvest = Harvest(
            taken.results + later.results, taken.gone + later.gone, taken.shut + later.shut
        )

    def forget(self) -> None:
        """Others have written what became of all that is under way here."""
        self._harvest.results.clear()

    def expect(self, number: int) -> None:
        """From now on so many results are enough."""
        self._enough = number

    @property
    def are_enough(self) -> bool:
        """Whether so many are there as were expected."""
        return len(self) >= self._enough

    async def come(self) -> None:
        """Wait for :meth:`wake`, or until as many are there as were expected."""
        self._enough_came.clear()
        await self._enough_came.wait()

    def wake(self) -> None:
        """Whoever waits looks again."""
        self._enough_came.set()

    def full(self, lane: int, now: datetime) -> list[str]:
        """The channels whose plan takes nothing more of a lane now."""
        return [name for (name, of_lane), until in self._full.items() if of_lane == lane and now < until]

    def note(self, one: Leaving, problem: Exception | None) -> None:
        """A message left, or did not, for this reason."""
        result = self._result(one, problem)
        if result.state is not DeliveryState.PENDING:
            self._tries.pop((one.mailing_id, one.reader.person_id), None)
        self._harvest.results.append(result)
        if self.are_enough:
            self._enough_came.set()

    def _result(self, one: Leaving, problem: Exception | None) -> Result:
        name, chat, now = one.reader.channel, one.reader.chat, self._now()
        match problem:
            case None:
                return self._ended(one, DeliveryState.SENT)
            case Unreachable():
                self._harvest.gone.append((name, chat, one.at))
                # Another of their channels may still reach them; without one, the next claim says so.
                return self._again(one, now, problem)
            case TryLater():
                return self._again(one, now + timedelta(seconds=problem.seconds), problem)
            case NotSent() | Moved():
                key = (one.mailing_id, one.reader.person_id)
                tried = self._tries[key] = self._tries.get(key, 0) + 1
                if tried >= _TRIES:
                    return self._ended(one, DeliveryState.FAILED, "not_sent")
                return self._again(one, now + timedelta(seconds=min(2.0**tried, 600.0)), problem)
            case OutsideWindow():
                self._harvest.shut.append((name, chat, one.at))
                # Another of their channels may take it; without one, it waits for them to write.
                return self._again(one, now, problem)
            case OverPlan():
                self._full[name, one.lane] = now + _FULL_FOR
                return self._again(one, now, problem)
            case Uncertain():
                return self._ended(one, DeliveryState.UNCERTAIN, "no_answer")
            case SendError():
                log.error("a message over %s was refused: %s", name, problem)
                return self._ended(one, DeliveryState.FAILED, "refused")
            case _:
                log.error("a message of mailing %d could not be sent", one.mailing_id, exc_info=problem)
                return self._ended(one, DeliveryState.FAILED, "broken")

    def _again(self, one: Leaving, at: datetime, problem: Exception) -> Result:
        return Result(
            one.mailing_id, one.reader.person_id, DeliveryState.PENDING, not_before=at, error=str(problem)
        )

    def _ended(self, one: Leaving, state: DeliveryState, error: str | None = None) -> Result:
        return Result(one.mailing_id, one.reader.person_id, state, channel=one.reader.channel, error=error)
