"""The people whom a campaign thanks: by name if they agreed to be named."""

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
    """The names of those who agreed to be named, and the number of all others."""

    names: Sequence[str]
    others: int


async def of_campaign(session: Session, campaign: Campaign, path: str) -> Thanks:
    """The authors of what the subtree of ``path`` sent during a campaign, those with the most initiatives first."""
    first = at_local(campaign.starts, time(0))
    after = at_local(campaign.ends + timedelta(days=1), time(0))
    names, total = await authors(session, path, campaign.phase_id, first, after, most=_MOST_NAMES)
    return Thanks(names, max(total - len(names), 0))
