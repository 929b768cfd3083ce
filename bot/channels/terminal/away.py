"""Messengers that are not run beside a terminal: what is for people there waits for the bot that runs them."""

from bot.conversation.vocabulary import Capabilities, IncomingFile, Recipient, Reply, Screen
from bot.delivery.channel import FileProblem, OwnTranscript, Sent, TryLater
from storage.delivery.tables import Lane

#: It is looked at again after so many seconds, here or by whoever runs the messenger.
_LOOK_AGAIN_S = 60.0


class AwayChannel(OwnTranscript):
    """A channel that nothing is sent over."""

    capabilities = Capabilities(
        buttons=True,
        edit=True,
        files_in=False,
        files_out=False,
        max_text=20_000,
        groups=True,
        may_write_first=True,
    )
    bulk_at_once = 1

    def __init__(self, name: str) -> None:
        """The messenger's name."""
        self.name = name

    async def answer(self, reply: Reply) -> None:
        """Nothing comes in over it, so nothing is answered."""
        del reply

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """Leave it for later."""
        del to, screen, replaces, lane
        raise TryLater(_LOOK_AGAIN_S, everywhere=True)

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """Nothing comes in over it."""
        del file, limit
        raise FileProblem("files.unreachable")
