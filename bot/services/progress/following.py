"""Keeping counts right while units move in the tree."""

from bot.services.units.moving import Follower, Paths
from storage.engine import Session
from storage.progress import counts, daily


async def _follow(session: Session, before: Paths, after: Paths) -> None:
    await counts.rebuild(session)
    await daily.take_along(session, before, after)


FOLLOWER = Follower(counts.hold, _follow)
