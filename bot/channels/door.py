"""What a messenger's package offers to the wiring, which knows no messenger by name.

Each package beside this file has a module ``door`` with a function ``open_door``, so a new messenger costs its own
folder, its settings and the fake that its tests talk to.
"""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from starlette.routing import BaseRoute

from bot.channels.handing_out import HandingOut
from bot.clock import Clock
from bot.config import Settings
from bot.delivery.buckets import OwnBuckets, SharedBuckets
from bot.delivery.channel import Channel
from bot.delivery.pace import Pace, Rates
from bot.media.store import MediaStore
from bot.reception.desk import Desk
from bot.texts import Texts
from storage.engine import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What a messenger may need of the bot."""

    settings: Settings
    database: Database
    media: MediaStore
    texts: Texts
    clock: Clock
    #: Pictures and documents by signed addresses, for messengers that take none.
    handing_out: HandingOut
    #: Asked last before a message leaves; raises when it may not leave from here any more.
    still: Callable[[], None]

    def pace(self, name: str, rates: Rates) -> Pace:
        """A messenger's pace, which all processes keep together."""
        buckets = OwnBuckets() if self.database.is_sqlite else SharedBuckets(self.database)
        return Pace(name, rates, buckets, still=self.still)


class Door(Protocol):
    """One messenger, switched on."""

    channel: Channel
    #: Messages of a mailing a second; 0 where nothing limits them.
    bulk_per_second: float
    #: Whether its link can carry a payload; where it cannot, people write the code that brought them.
    carries_payload: bool
    #: Its place among the ways in that people are offered; the one that most of them have stands first.
    standing: int

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """What the web application serves for it; a webhook takes its updates to ``desk``."""

    async def open(self) -> None:
        """Open the connections. A messenger that cannot be reached now must not keep the bot from starting."""

    async def take(self, desk: Desk) -> None:
        """Take updates to ``desk`` until shut; or, where they come by webhook, say where to and return."""

    def shut(self) -> None:
        """Take no more; what was taken is finished elsewhere."""

    async def close(self) -> None:
        """Close the connections."""

    def link(self, payload: str) -> str:
        """The address that opens a chat with the bot, with a payload where it can; empty when there is none."""


class OpenDoor(Protocol):
    """The function ``open_door`` of a messenger's module ``door``."""

    def __call__(self, parts: Parts) -> Door | None:
        """Put together what the messenger needs, contacting nobody; None when it is switched off."""


def open_doors(parts: Parts) -> list[Door]:
    """The doors of all messengers that the settings switch on."""
    doors = []
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.ispkg:
            open_door: OpenDoor = import_module(f"bot.channels.{found.name}.door").open_door
            door = open_door(parts)
            if door is not None:
                doors.append(door)
    return doors
