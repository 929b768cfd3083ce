"""What becomes of all that is kept of a person: when they go, turn out to be another, or want a copy of it.

People stand below the domains that keep something of them. Each such domain says in one :class:`Privacy` what it
keeps, and what it does then; ``bot.handlers.features`` collects them, and the use cases are given all of them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.services.act import Act
from storage.people.tables import Person


@dataclass(frozen=True, slots=True)
class Held:
    """What becomes of a column that says which person."""

    #: One person may not have two such rows, so the domain's own ``merge`` moves them; all other rows are simply moved.
    is_apart: bool = False
    #: Erasing takes the person out of it. Any other column keeps its value: the person's row then names nobody.
    is_erased: bool = False
    #: Its rows are in the copy that people may have of their data. Other columns record acts of office.
    is_copied: bool = False


@dataclass(frozen=True, slots=True)
class LeavingPerson:
    """Somebody who is being erased, and what has to go with them wherever it stands."""

    person_id: int
    #: All names they had here.
    names: frozenset[str]
    #: What they wrote to others.
    said: frozenset[str]
    #: The files that were theirs alone: they go where nothing else refers to them.
    files: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who never registered: as a row of a list, or as an author of an initiative."""

    name: str
    #: The enterprise's number, for a row of a list.
    staff_code: str | None
    #: The initiative's code, for an author.
    code: str | None
    #: The unit's code.
    unit: str


@dataclass(frozen=True, slots=True)
class Privacy:
    """What one domain keeps of people, and what it does with it; a domain says what concerns it."""

    #: Every column of its tables that says which person, as ``table.column``.
    held: Mapping[str, Held] = field(default_factory=dict)
    #: How many things of a person it keeps by which they recognise their registration.
    number: Callable[[Act, int], Awaitable[int]] | None = None
    #: The person can be reached on another account: send what waited for that.
    wake: Callable[[Act, int], Awaitable[None]] | None = None
    #: The person corrected their own data. Takes the columns of their row that changed.
    correct: Callable[[Act, Person, Mapping[str, object]], Awaitable[None]] | None = None
    #: Replace the first person by the second. Gives details for the trail.
    merge: Callable[[Act, Person, Person], Awaitable[Mapping[str, Any]]] | None = None
    #: What it will need to take a merging apart again: asked before the first becomes the second; JSON.
    before_merge: Callable[[Act, int, int], Awaitable[Any]] | None = None
    #: Take apart again what was merged, from what :attr:`before_merge` gave: it was not they after all.
    part: Callable[[Act, int, int, Any], Awaitable[None]] | None = None
    #: Take a person out of it.
    erase: Callable[[Act, LeavingPerson], Awaitable[None]] | None = None
    #: A copy of what it keeps of a person: rows by section.
    copy: Callable[[Act, int], Awaitable[Mapping[str, Sequence[Mapping[str, Any]]]]] | None = None
    #: Find people who never registered by their name, and by those like it but for its marks, in the subtree of a path.
    find_unregistered: Callable[[Act, str, str], Awaitable[Sequence[Found]]] | None = None
    #: Take those of exactly this name out of it; and those who are rows of a list, by their ids.
    erase_unregistered: Callable[[Act, str, str, Sequence[int]], Awaitable[None]] | None = None


#: What is kept of people by their own domain, and by what serves all domains: conversations, messages, the trail.
HELD: Mapping[str, Held] = {
    "account.by_code_of": Held(),
    "account.person_id": Held(is_erased=True, is_copied=True),
    "claim.decided_by": Held(),
    "claim.person_id": Held(is_apart=True, is_erased=True, is_copied=True),
    "consent.person_id": Held(is_copied=True),
    "conversation.person_id": Held(is_apart=True, is_erased=True, is_copied=True),
    "data_request.answered_by": Held(),
    "data_request.person_id": Held(is_erased=True, is_copied=True),
    "draft.person_id": Held(is_apart=True, is_erased=True, is_copied=True),
    "kiosk.made_by": Held(),
    "kiosk.revoked_by": Held(),
    "outbox.person_id": Held(is_copied=True),
    "pass.created_by": Held(),
    "pass.person_id": Held(is_erased=True),
    "role_grant.granted_by": Held(),
    "role_grant.person_id": Held(is_apart=True, is_copied=True),
    "role_grant.revoked_by": Held(),
    "team_chat.bound_by": Held(),
}


def held_by_all(privacy: Sequence[Privacy]) -> dict[str, Held]:
    """All columns that say which person. Raises ValueError when two domains answer for one."""
    found = dict(HELD)
    for one in privacy:
        twice = found.keys() & one.held.keys()
        if twice:
            raise ValueError(f"two domains keep {sorted(twice)}")
        found |= one.held
    return found


def apart(privacy: Sequence[Privacy]) -> frozenset[str]:
    """The columns that domains move by their own ``merge``."""
    return frozenset(name for name, held in held_by_all(privacy).items() if held.is_apart)
