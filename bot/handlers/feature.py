"""What a domain adds to the bot: one ``FEATURE`` in each folder of handlers, which nothing else lists.

A feature brings its routes (commands, actions, forms, occasions), its entries in the menu and in the help, the words of
what it tells people by itself, and its chores. ``bot.handlers.features`` finds them all.
"""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation.actions import Action
from bot.conversation.routing import Routes, Screens
from bot.delivery.mailing_clock import Objection
from bot.handlers.turn import Turn
from bot.screens.composing import Voice
from bot.screens.telling import Notice, NoticeRows
from bot.services.people.appointing import RoleTaken
from bot.services.people.claims import ClaimKind
from bot.services.people.privacy import Privacy
from bot.services.people.rights import Reach
from bot.services.people.roles import Power
from bot.services.units.moving import Follower
from storage.engine import Session


class MenuRow(enum.IntEnum):
    """The rows of the menu, from the top. Entries of a row stand in the order of their domains."""

    RESUME = 1
    OWN = 2
    CHECK = 3
    DECISIONS = 4
    STEER = 5
    MANY = 6
    SELF = 9


#: What fills in an entry's sentence; None when the entry is not shown just now.
Shown = Callable[[Turn, Reach], Awaitable[Mapping[str, object] | None]]


async def always(_turn: Turn, _reach: Reach) -> Mapping[str, object]:
    """Shown to everybody who has the power, with nothing to fill in."""
    return {}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A choice of the menu, for everybody, or for those who have a power somewhere."""

    #: Its sentence.
    key: str
    row: MenuRow
    #: What it does, by what the person may.
    action: Callable[[Reach], Action]
    power: Power | None = None
    shown: Shown = always


@dataclass(frozen=True, slots=True)
class HelpPart:
    """A paragraph of the help, for everybody (registered or not), or for those who have a power somewhere."""

    key: str
    power: Power | None = None


#: Screens for words that it knows; None for all others.
StrayReader = Callable[[Turn, str], Awaitable[Screens | None]]


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A choice that is offered to who sends a picture out of the blue: its sentence, and what it does."""

    key: str
    action: Action


class Every(enum.StrEnum):
    """How often a chore is done."""

    #: At each look of the mailings' clock, about once a second; in one process at a time.
    LOOK = "look"
    MINUTE = "minute"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Chore:
    """What the bot does by itself, in a transaction of its own. It may be done twice, and by two processes at once."""

    every: Every
    do: Callable[[Session, datetime], Awaitable[None]]


#: What is done for somebody who has just registered, who is on the turn's other end.
AfterRegistering = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Feature:
    """All that a domain adds."""

    name: str
    routes: Routes[Turn] = field(default_factory=Routes)
    menu: Sequence[MenuEntry] = ()
    help: Sequence[HelpPart] = ()
    notices: Sequence[Notice] = ()
    #: What it adds to other domains' notices.
    notice_rows: Sequence[NoticeRows] = ()
    #: What it makes of words that no form waits for.
    stray: Sequence[StrayReader] = ()
    #: Where a picture that no form waits for could belong.
    for_files: Sequence[FileChoice] = ()
    chores: Sequence[Chore] = ()
    #: What it keeps of people besides what their own domain keeps.
    privacy: Privacy | None = None
    #: What it does when somebody has lost a role.
    role_taken: RoleTaken | None = None
    #: What people may claim to be.
    claims: Sequence[ClaimKind] = ()
    #: What it does when somebody has just registered.
    after_registering: AfterRegistering | None = None
    #: What it keeps by unit, which has to follow units that move in the tree.
    followers: Sequence[Follower] = ()
    #: What its mailings say to each person, by family: the word before the first colon of a mailing's key.
    voices: Mapping[str, Voice] = field(default_factory=dict)
    #: Why a mailing whose moment has come is not sent after all.
    objections: Sequence[Objection] = ()


def routes_of(*parts: Routes[Turn]) -> Routes[Turn]:
    """The routes of a domain's modules together. Raises ValueError when two claim the same word."""
    routes: Routes[Turn] = Routes()
    for part in parts:
        routes.include(part)
    return routes
