"""Changing a campaign: its name, its days, the steps of its plan; pausing it, and ending it."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from bot.quiet_hours import QuietHours, at_local
from bot.services.act import Act
from bot.services.campaigns import plan
from bot.services.campaigns.making import check_days, phase_of
from bot.services.campaigns.moments import find_step, replan, steps_of
from bot.services.campaigns.plan import PlanStep
from bot.services.campaigns.seeing import get
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns import moments
from storage.campaigns.tables import Campaign, CampaignState
from storage.mailings.tables import MailingState

#: What a campaign still has to send.
OPEN = (MailingState.PLANNED, MailingState.MAKING, MailingState.GOING)


def is_quiet(quiet: QuietHours, today: date, at: time) -> bool:
    """Whether everybody sleeps at an hour, so that no message of a plan may leave at it."""
    return quiet.awake(None, at_local(today, at)) != at_local(today, at)


async def change_time(act: Act, quiet: QuietHours, campaign_id: int, key: str, at: time) -> Campaign:
    """Move a step of the plan to another hour. Raises :class:`Refusal` for one at which people sleep."""
    await get_open(act, campaign_id)
    if is_quiet(quiet, act.today, at):
        night, morning = (one.strftime("%H:%M") for one in quiet.night)
        raise Refusal("campaign.time_quiet", since=morning, until=night)
    return await _change_step(act, campaign_id, key, at=at)


async def step_to_move(act: Act, campaign_id: int, key: str) -> PlanStep:
    """A step of the plan whose day can be chosen. Raises :class:`Forbidden` for one that has a day of its own."""
    step = find_step(await get(act, campaign_id), key)
    if step.when not in plan.OFFSETS:
        raise Forbidden
    return step


async def change_day(act: Act, campaign_id: int, key: str, offset: int) -> Campaign:
    """Move a step of the plan to another day: that many after the first, before the last, or between two."""
    await step_to_move(act, campaign_id, key)
    return await _change_step(act, campaign_id, key, offset=offset)


async def change_words(act: Act, campaign_id: int, key: str, words: str) -> Campaign:
    """Say a step of the plan in an officer's own words; empty for the usual ones."""
    return await _change_step(act, campaign_id, key, words=words)


async def turn_step(act: Act, campaign_id: int, key: str) -> Campaign:
    """Switch a step of the plan off, or on again."""
    step = find_step(await get_open(act, campaign_id), key)
    return await _change_step(act, campaign_id, key, is_on=not step.is_on)


async def _change_step(act: Act, campaign_id: int, key: str, **values: Any) -> Campaign:  # noqa: ANN401 - a step's fields
    """Change a step, for what has not been sent yet. Raises :class:`Forbidden` for one that is not in the plan."""
    campaign = await get_open(act, campaign_id)
    find_step(campaign, key)
    steps = plan.changed(steps_of(campaign), key, **values)
    campaign.steps = [step.to_json() for step in steps]
    await replan(act, campaign)
    act.record("campaign_changed", unit_id=campaign.unit_id, campaign=campaign.id, step=key)
    await act.session.flush()
    return campaign


async def rename(act: Act, campaign_id: int, name: str) -> Campaign:
    """Rename it; messages bear the new name from now on."""
    campaign = await get_open(act, campaign_id)
    campaign.name = name
    act.record("campaign_changed", unit_id=campaign.unit_id, campaign=campaign.id, name=name)
    await act.session.flush()
    return campaign


async def change_days(
    act: Act, book: ProgrammeBook, campaign_id: int, *, starts: date | None = None, ends: date | None = None
) -> Campaign:
    """Move its last day, or, before it has begun, its first. Raises :class:`Refusal`."""
    campaign = await get_open(act, campaign_id)
    first, last = starts or campaign.starts, ends or campaign.ends
    if campaign.state is CampaignState.PLANNED:
        if starts is not None and ends is None:
            last = starts + (campaign.ends - campaign.starts)  # it lasts as long as it did
        check_days(first, last, act.today)
    elif starts is not None:
        raise Refusal("campaign.has_begun")
    else:
        check_days(first, last, first)
        if last < act.today:
            raise Refusal("campaign.end_in_past")
    programme = book.with_phase(campaign.phase_id)
    kept = campaign.phase_id if campaign.state is CampaignState.RUNNING else None
    campaign.phase_id = phase_of(programme, first, last, kept).id
    campaign.starts, campaign.ends = first, last
    await replan(act, campaign)
    act.record(
        "campaign_changed",
        unit_id=campaign.unit_id,
        campaign=campaign.id,
        starts=first.isoformat(),
        ends=last.isoformat(),
    )
    await act.session.flush()
    return campaign


async def get_open(act: Act, campaign_id: int) -> Campaign:
    """A campaign that the actor steers, and that is not over. Raises :class:`Forbidden`, :class:`Refusal`."""
    campaign = await get(act, campaign_id)
    if not campaign.is_open:
        raise Refusal("campaign.over")
    return campaign


async def pause(act: Act, campaign_id: int) -> Campaign:
    """Send nothing of it until it is resumed."""
    campaign = await get_open(act, campaign_id)
    campaign.paused_at = campaign.paused_at or act.now
    await _change_moments(act, campaign, paused_at=campaign.paused_at)
    act.record("campaign_paused", unit_id=campaign.unit_id, campaign=campaign.id)
    return campaign


async def resume(act: Act, campaign_id: int) -> Campaign:
    """Go on; what was missed meanwhile is sent where it still makes sense."""
    campaign = await get_open(act, campaign_id)
    campaign.paused_at = None
    await _change_moments(act, campaign, paused_at=None)
    act.record("campaign_resumed", unit_id=campaign.unit_id, campaign=campaign.id)
    return campaign


async def _change_moments(
    act: Act,
    campaign: Campaign,
    states: Sequence[MailingState] = OPEN,
    **values: Any,  # noqa: ANN401 - columns
) -> None:
    await moments.change_all(act.session, campaign.id, states, **values)
    await act.session.flush()


async def end(act: Act, campaign_id: int) -> Campaign:
    """End it: before its first day it is taken back, later it ends today and everybody hears the result tomorrow."""
    campaign = await get_open(act, campaign_id)
    if campaign.state is CampaignState.PLANNED:
        campaign.state, campaign.ended_at = CampaignState.CANCELLED, act.now
        await _change_moments(
            act, campaign, state=MailingState.CANCELLED, reason="taken_back", ended_at=act.now
        )
    else:
        campaign.ends = act.today
        campaign.paused_at = None
        # Stop the reminders that are being sent this very minute: they remind people of something that is over.
        await _change_moments(
            act,
            campaign,
            states=(MailingState.MAKING, MailingState.GOING),
            state=MailingState.CANCELLED,
            reason="taken_back",
            ended_at=act.now,
        )
        await _change_moments(act, campaign, paused_at=None)
        await replan(act, campaign)
    act.record("campaign_ended", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign
