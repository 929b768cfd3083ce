"""What campaigns do without anybody: they begin and end with their days, and hold back some of their messages."""

from datetime import datetime, time, timedelta

from bot.clock import local_date
from bot.quiet_hours import at_local
from bot.services.campaigns.steering import OPEN
from storage.campaigns import campaigns, days_off, moments
from storage.campaigns.tables import Campaign, CampaignState
from storage.engine import Session
from storage.mailings import reminded
from storage.mailings.tables import Mailing, MailingState
from storage.progress import daily

#: How long reminded days are kept: longer than a message can be put off.
_REMEMBERED = timedelta(days=30)


async def chore(session: Session, now: datetime) -> None:
    """Begin campaigns whose first day has come, and end those whose last day is over; keep each day's counts."""
    today = local_date(now)
    if await daily.keep_day(session, today - timedelta(days=1)):
        await reminded.forget(session, today - _REMEMBERED)
    for campaign in await campaigns.to_begin_or_end(session, today):
        if campaign.state is CampaignState.PLANNED:
            campaign.state = CampaignState.RUNNING
        if campaign.ends < today:
            campaign.state, campaign.ended_at = CampaignState.ENDED, now
            if campaign.paused_at is not None:
                # Nobody can resume a campaign that is over; its messages would wait for ever.
                await moments.change_all(
                    session,
                    campaign.id,
                    OPEN,
                    state=MailingState.SKIPPED,
                    reason="paused",
                    ended_at=now,
                    paused_at=None,
                )
    await session.flush()


async def objection(session: Session, mailing: Mailing, now: datetime) -> str | None:
    """Why a moment of a campaign is not to be sent after all."""
    if mailing.campaign_id is None:
        return None
    campaign = await session.get(Campaign, mailing.campaign_id, populate_existing=True)
    if campaign is None or campaign.state is CampaignState.CANCELLED:
        return "taken_back"
    if campaign.paused_at is not None:
        return "paused"
    today = local_date(now)
    # What makes sense for longer than today waits for tomorrow with each of its people.
    if now < mailing.until <= at_local(today + timedelta(days=1), time(0)):
        return "day_off" if await days_off.between(session, today, today) else None
    return None
