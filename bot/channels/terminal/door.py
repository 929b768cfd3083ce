"""The door of the terminal: opened by the command ``chat``, which takes what is typed to the desk by itself."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.terminal.channel import TerminalChannel
from bot.reception.desk import Desk


def open_door(parts: Parts) -> "TerminalDoor | None":
    """The terminal, when it is on."""
    return TerminalDoor(parts) if parts.settings.terminal.on else None


class TerminalDoor:
    """A terminal, switched on."""

    bulk_per_second = 0.0
    carries_payload = False
    standing = 100

    def __init__(self, parts: Parts) -> None:
        """Nothing is written before something is shown."""
        self.channel = TerminalChannel(parts.media, parts.settings.terminal.folder)

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """None: nothing comes in over the web."""
        del desk
        return ()

    async def open(self) -> None:
        """Nothing to connect to."""

    async def take(self, desk: Desk) -> None:
        """Whoever types brings it to the desk; see ``console``."""

    def shut(self) -> None:
        """Nothing comes in by itself."""

    async def close(self) -> None:
        """Nothing is connected."""

    def link(self, payload: str) -> str:
        """Nobody is sent to a terminal."""
        del payload
        return ""
