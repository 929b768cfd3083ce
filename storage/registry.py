"""Every column of every table, and what it can hold of a person: the one list of where personal data is.

A column that is not here is refused by a test, so that nobody adds a place without saying what becomes of it when
somebody is erased. The eraser (``bot.services.people.erasing``) and the report of what is kept go by it.
"""

import enum
from collections.abc import Mapping


class MayHold(enum.StrEnum):
    """What a column can hold."""

    #: Nothing of a person.
    NOTHING = "nothing"
    #: A person's id, which names nobody once the person's row is empty.
    WHO = "who"
    #: What is one person's own: it goes with them, by their domain's part of the eraser.
    OWN = "own"
    #: Words, names of files, or JSON, in which anybody may be named: searched for who is erased.
    WORDS = "words"
    #: Kept although it is personal: evidence of consent, which names nobody by itself.
    EVIDENCE = "evidence"


#: ``table.column``, and what it may hold; filled as the tables are imported (``storage.tables`` imports all).
REGISTRY: dict[str, MayHold] = {}


def declare(table: str, holds: Mapping[MayHold, str]) -> None:
    """Say of each column of a table what it may hold: names, between spaces. Stands beneath the table itself."""
    for kind, names in holds.items():
        REGISTRY.update({f"{table}.{name}": kind for name in names.split()})
