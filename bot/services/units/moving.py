"""Units that move in the tree, and what other domains keep by unit, which has to follow them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from storage.engine import Session

#: The path of each unit by its id.
Paths = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Follower:
    """What a domain keeps by unit."""

    #: Keep others from changing it until the end of the transaction; called before any unit is read.
    hold: Callable[[Session], Awaitable[None]]
    #: Make it right after units have moved; given the paths of all units before and after.
    follow: Callable[[Session, Paths, Paths], Awaitable[None]]
