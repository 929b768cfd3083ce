"""Finding units by their names, inside the subtrees that somebody looks after."""

from collections.abc import Sequence
from typing import Protocol

from bot.conversation.text import fold
from bot.services.act import Act
from storage.units import tree
from storage.units.tables import Unit, UnitKind

_MOST_FOUND = 48


class Top(Protocol):
    """The unit at the top of a subtree."""

    @property
    def unit_id(self) -> int:
        """Its id."""

    @property
    def unit_name(self) -> str:
        """Its name."""

    @property
    def path(self) -> str:
        """Its path."""


async def named(act: Act, words: str, tops: Sequence[Top]) -> Sequence[Unit]:
    """Units of these subtrees whose name has all the words, or whose code they are; shorter names first."""
    return await tree.search(
        act.session,
        fold(words),
        kinds=list(UnitKind),
        limit=_MOST_FOUND,
        today=act.today,
        inside=[top.path for top in tops],
    )
