"""What a mailing says to each of its people: the message, or why it waits or is held back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.conversation.vocabulary import Screen
from storage.delivery.reach import WAITS
from storage.engine import Session
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing

#: What waits for somebody to write is looked at again after so long, besides the moment in which they write.
_LOOK_FOR_WINDOW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Send:
    """It is sent to this person."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class Wait:
    """It waits for a better moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule holds it back from this person; ``reason`` is a word of ``mailing.reason.*``."""

    reason: str


Verdict = Send | Wait | Skip


class Compose(Protocol):
    """What a mailing says to each of some people, by person; those it leaves out no longer belong to it."""

    async def __call__(
        self, session: Session, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        """In the transaction that claims them."""


@dataclass(frozen=True, slots=True)
class UntilTheyWrite:
    """It waits until they write, or until a moment."""

    until: datetime


def once_they_write(
    mailing: Mailing, verdict: Skip, now: datetime, *, is_full: bool
) -> Skip | UntilTheyWrite:
    """What becomes of a message to somebody who could be reached on a channel that takes nothing now."""
    if verdict.reason not in ("nowhere", "late"):
        return verdict
    if is_full:
        return Skip("over_plan")
    if now >= mailing.until:
        return Skip(WAITS)
    return UntilTheyWrite(min(mailing.until, now + _LOOK_FOR_WINDOW))
