"""What a channel must offer, and the ways in which sending can fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation.vocabulary import Capabilities, Incoming, IncomingFile, Recipient, Reply, Screen
from storage.delivery.tables import Lane
from storage.engine import Session


class SendError(Exception):
    """A screen did not certainly arrive."""


class Unreachable(SendError):
    """Blocked, deactivated, gone: nothing will arrive there until they write again."""


class TryLater(SendError):
    """The messenger asks to wait ``seconds`` before writing to this chat (or, with ``everywhere``, to any)."""

    def __init__(self, seconds: float, *, everywhere: bool = False) -> None:
        """Seconds from now."""
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds
        self.everywhere = everywhere


class NotSent(SendError):
    """It surely did not arrive; sending again doubles nothing."""


class Uncertain(SendError):
    """It may have arrived; sending again might double it."""


class Held(TryLater):
    """One message has to wait ``seconds``; nothing keeps others from its chat meanwhile."""


class Rejected(SendError):
    """The messenger will never take this message; sending it again is pointless."""


class OverPlan(SendError):
    """The messenger's plan is nearly used up; what is left is kept for answers, and this is none."""


class OutsideWindow(SendError):
    """The messenger lets nobody write to them before they write again: another of their channels, or waiting."""


class Moved(SendError):
    """The chat has a new id; write there from now on."""

    def __init__(self, chat: str) -> None:
        """The new id."""
        super().__init__("the chat has moved")
        self.chat = chat


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that arrived: the messenger's own reference, by which it can be changed later."""

    ref: str


class Channel(Protocol):
    """One messenger, or the web chat.

    A channel that ``keeps_transcript`` (the web chat) has no server elsewhere to send to: its messages are rows,
    written with :meth:`write` in the very transaction of the change they answer, so sending them cannot fail.
    """

    name: str
    capabilities: Capabilities
    keeps_transcript: bool
    #: How many messages of mailings are worth having under way at once.
    bulk_at_once: int

    async def write(
        self,
        session: Session,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        """Write what came in and what answers it into the transcript; gives the last message's reference."""

    def written(self, to: Recipient) -> None:
        """What was written is committed now: let those who look at the chat know."""

    async def answer(self, reply: Reply) -> None:
        """Send the answer to an update, after its commit. Raises :class:`SendError`."""

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """Send a screen that answers nothing; or change the message ``replaces`` into it. Raises :class:`SendError`.

        ``lane``: how urgent it is; the messenger's rate is used for it only as far as what is more urgent leaves room.
        """

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a file somebody sent, at most ``limit`` of them.

        Raises :class:`FileProblem` when there is no point in trying again, :class:`NotSent` when there is.
        """


class OwnTranscript:
    """What channels share whose messenger keeps what was said: nothing is written here."""

    keeps_transcript = False

    async def write(
        self,
        session: Session,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        """Nobody asks for it."""
        raise NotImplementedError

    def written(self, to: Recipient) -> None:
        """Nothing to do."""


class FileProblem(Exception):
    """A file cannot be taken; ``key`` is the sentence that says why (``files.*``)."""

    def __init__(self, key: str) -> None:
        """The locale key."""
        super().__init__(key)
        self.key = key
