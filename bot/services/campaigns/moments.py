"""The plan of a campaign as mailings: its steps, whom each is for, and the rows that follow every change of the plan."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.services.act import Act
from bot.services.campaigns import plan
from bot.services.campaigns.plan import Planned, PlanStep, Whom
from bot.services.mailings.audience import reached
from bot.services.refusal import Forbidden
from storage.campaigns import days_off
from storage.campaigns import moments as stored
from storage.campaigns.tables import Campaign
from storage.delivery.reach import Closed
from storage.delivery.tables import Lane
from storage.engine import Session
from storage.mailings import making
from storage.mailings.audience import Audience, Reached
from storage.mailings.tables import Mailing, MailingState

#: The first word of the keys of a campaign's mailings.
CAMPAIGN = "campaign"
#: Days off are asked for that long after a campaign: what closes it moves past them.
_AFTER_END = timedelta(days=30)


def steps_of(campaign: Campaign) -> tuple[PlanStep, ...]:
    """The steps of its plan."""
    return tuple(PlanStep.from_json(step) for step in campaign.steps)


def find_step(campaign: Campaign, key: str) -> PlanStep:
    """One step of its plan. Raises :class:`Forbidden` for a key that it does not have."""
    for step in steps_of(campaign):
        if step.key == key:
            return step
    raise Forbidden


def step_of(campaign: Campaign, mailing: Mailing) -> PlanStep:
    """The step of the plan that a mailing is a moment of, as it stands now."""
    return next(step for step in steps_of(campaign) if step.key == mailing.details["step"])


def audience_of(campaign: Campaign, whom: Whom) -> Audience:
    """Whom a step is for, in the campaign's whole subtree."""
    who = {Whom.SUPPORT: "support", Whom.OFFICERS: "officers", Whom.ALL: "all"}.get(whom, "workers")
    return Audience(
        campaign.unit_id,
        who=who,
        phase_id=campaign.phase_id,
        submitted=False if whom is Whom.NOT_SUBMITTED else None,
        unfinished=True if whom is Whom.UNFINISHED else None,
        reminders=True,
    )


async def moments(session: Session, campaign: Campaign) -> tuple[Planned, ...]:
    """The moments of its plan, with the days off as they are set now."""
    off = await days_off.between(session, campaign.starts, campaign.ends + _AFTER_END)
    return plan.moments(steps_of(campaign), campaign.starts, campaign.ends, off)


def _key(campaign: Campaign, planned: Planned) -> str:
    return f"{CAMPAIGN}:{campaign.id}:{planned.key}"


def _details(planned: Planned) -> dict[str, Any]:
    return {"day": planned.day.isoformat(), "step": planned.step.key}


async def replan(act: Act, campaign: Campaign) -> None:
    """Make the rows agree with the plan. What was begun stays; what was not sent yet follows the change."""
    wanted = {_key(campaign, one): one for one in await moments(act.session, campaign)}
    kept = {one.key: one for one in await stored.hold(act.session, campaign.id)}
    for key, mailing in kept.items():
        if mailing.state is not MailingState.PLANNED:
            continue
        planned = wanted.get(key)
        if planned is None or (planned.until <= act.now and planned.due_at != mailing.due_at):
            # Not in the plan any more, or at a time that has passed: what the change left out was never late.
            await act.session.delete(mailing)
        else:
            mailing.due_at, mailing.until = planned.due_at, planned.until
            mailing.details = _details(planned)
            mailing.audience = audience_of(campaign, planned.step.whom).to_json()
    await act.session.flush()
    # What should have been before the change was made is not made up for.
    ahead = {key: one for key, one in wanted.items() if key not in kept and one.until > act.now}
    await making.plan(
        act.session,
        [
            {
                "key": key,
                "lane": Lane.REMINDER,
                "kind": planned.step.kind,
                "details": _details(planned),
                "audience": audience_of(campaign, planned.step.whom).to_json(),
                "unit_id": campaign.unit_id,
                "campaign_id": campaign.id,
                "state": MailingState.PLANNED,
                "paused_at": campaign.paused_at,
                "due_at": planned.due_at,
                "until": planned.until,
                "created_by": campaign.created_by,
                "created_at": act.now,
            }
            for key, planned in ahead.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One moment of a plan, with how many people it would reach now."""

    planned: Planned
    reached: Reached


async def foresee(
    act: Act, campaign: Campaign, closed: Closed, channels: Collection[str] | None = None
) -> Sequence[Foreseen]:
    """Every message of the plan, to how many people over what, and when; ``closed`` and ``channels`` as in ``reached``."""
    counted: dict[Whom, Reached] = {}
    found = []
    for planned in await moments(act.session, campaign):
        whom = planned.step.whom
        if whom not in counted:
            counted[whom] = await reached(act.session, audience_of(campaign, whom), closed, channels)
        found.append(Foreseen(planned, counted[whom]))
    return found
