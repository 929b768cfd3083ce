"""What all imports share: what a file would change, and taking turns with others who change the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.documents.table import Problem
from storage.dialect import take_turns
from storage.engine import Session

#: Told how many more rows are done.
Told = Callable[[int], None]

#: Imports take turns on this lock.
_IMPORT_LOCK = 5_182_022


@dataclass(slots=True)
class Outcome:
    """What an import changed, or with problems: what stopped it, nothing having been written."""

    new: int = 0
    changed: int = 0
    same: int = 0
    problems: Sequence[Problem] = ()
    #: Headings that mean nothing here.
    ignored: Sequence[str] = ()
    #: For people: who has registered since, so that their own words count and not the file's.
    registered: int = 0
    #: For units: how many stand elsewhere than before, those below a moved one included.
    moved: int = 0


def quiet(_rows: int) -> None:
    """Tell nobody."""


async def take_turn(session: Session) -> None:
    """Wait until no other import runs."""
    await take_turns(session, _IMPORT_LOCK)
