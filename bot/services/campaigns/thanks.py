"""Whom a campaign thanks: by name those who agreed to be named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from bot.quiet_hours import at_local
from storage.campaigns.tables import Campaign
from storage.campaigns.thanks import authors
from storage.engine import Session

#: Names in one message; more are no thanks but a list.
_MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Thanks:
    """Whom a campaign thanks: by name those who agreed to it, and how many others there are."""

    names: Sequence[str]
    others: int


async def of_campaign(session: Session, campaign: Campaign, path: str) -> Thanks:
    """The authors of what was sent during a campaign in the subtree of ``path``, who gave most first."""
    first = at_local(campaign.starts, time(0))
    after = at_local(campaign.ends + timedelta(days=1), time(0))
    names, total = await authors(session, path, campaign.phase_id, first, after, most=_MOST_NAMES)
    return Thanks(names, max(total - len(names), 0))
