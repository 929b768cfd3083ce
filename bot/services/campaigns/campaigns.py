"""Campaigns: making one, changing, pausing and ending it; its plan as mailings; its beginning and its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local_date
from bot.quiet_hours import at_local
from bot.services.act import Act
from bot.services.campaigns import plan
from bot.services.campaigns import targets as campaign_targets
from bot.services.campaigns.plan import Planned, Step, Whom
from bot.services.initiatives.programmes import PhaseView, ProgrammeBook, ProgrammeView
from bot.services.mailings.mailings import Reached, reached
from bot.services.people.rights import reach, require, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns import campaigns as stored
from storage.campaigns.tables import Campaign, CampaignKind, CampaignState
from storage.delivery.reach import Closed
from storage.delivery.tables import Lane
from storage.initiatives.tables import Phase
from storage.mailings import mailings
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.units.tables import Unit
from storage.units.tree import below, path_ids

#: A campaign is a drive, not a regime.
_LONGEST = timedelta(days=92)
#: How long it is known on which days whom a campaign reminded: more than a message can be put off.
_REMEMBERED = timedelta(days=30)
_OPEN = (MailingState.PLANNED, MailingState.MAKING, MailingState.GOING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A campaign as an officer wants it."""

    name: str
    kind: CampaignKind
    unit_id: int
    starts: date
    ends: date
    steps: Sequence[Step]
    #: For the whole unit; empty for what is still missing in each of its units.
    target: int | None = None
    #: The phase it serves; empty for the one that its days fall into.
    phase_id: int | None = None


def phases_of(programme: ProgrammeView, starts: date, ends: date) -> Sequence[PhaseView]:
    """The phases that a campaign of these days may serve, the one of its first day first."""
    return [one for one in programme.phases if one.starts <= ends and one.ends >= starts]


def phase_of(
    programme: ProgrammeView | None, starts: date, ends: date, phase_id: int | None = None
) -> PhaseView:
    """The phase that a campaign serves: the one that was chosen, else that of its first day. Raises :class:`Refusal`."""
    if programme is None:
        raise Refusal("rules.no_programme")
    for phase in phases_of(programme, starts, ends):
        if phase_id in (None, phase.id):
            return phase
    raise Refusal("campaign.no_phase")


def check_days(starts: date, ends: date, today: date) -> None:
    """Raises :class:`Refusal` for days that cannot be those of a new campaign."""
    if ends < starts:
        raise Refusal("campaign.days_reversed")
    if starts < today:
        raise Refusal("campaign.in_past")
    if ends - starts > _LONGEST:
        raise Refusal("campaign.too_long", n=_LONGEST.days)


async def make(act: Act, book: ProgrammeBook, wanted: Wanted) -> Campaign:
    """Make a campaign; its plan becomes rows at once. For officers, within their subtree. Raises :class:`Refusal`."""
    await require(act, wanted.unit_id, Power.CAMPAIGN)
    check_days(wanted.starts, wanted.ends, act.today)
    unit = await act.session.get_one(Unit, wanted.unit_id)
    programme = book.for_unit(unit.path, wanted.starts) or book.for_unit(unit.path, act.today)
    if programme is None:
        raise Refusal("rules.no_programme")
    phase = phase_of(programme, wanted.starts, wanted.ends, wanted.phase_id)
    if wanted.target is not None:
        campaign_targets.check(wanted.target)
    campaign = Campaign(
        name=wanted.name,
        kind=wanted.kind,
        unit_id=wanted.unit_id,
        phase_id=phase.id,
        starts=wanted.starts,
        ends=wanted.ends,
        state=CampaignState.PLANNED,
        steps=[step.to_json() for step in wanted.steps],
        created_by=act.actor_id,
        created_at=act.now,
    )
    act.session.add(campaign)
    await act.session.flush()
    units = await campaign_targets.missing(act.session, programme, phase.id, unit.path)
    numbers = campaign_targets.shared_out(units, unit.id, wanted.target)
    await campaign_targets.put(act.session, campaign, numbers)
    await replan(act, campaign)
    act.record("campaign_made", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign


async def get(act: Act, campaign_id: int) -> Campaign:
    """A campaign that the actor steers; whoever changes it does so one after the other. Raises :class:`Forbidden`."""
    statement = select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    if act.session.get_bind().dialect.name == "postgresql":
        statement = statement.with_for_update()
    campaign = await act.session.scalar(statement)
    if campaign is None:
        raise Forbidden
    await require(act, campaign.unit_id, Power.CAMPAIGN)
    return campaign


@dataclass(frozen=True, slots=True)
class Seen:
    """A campaign as one of its officers may look at it: of which of its units, and whether they steer it."""

    campaign: Campaign
    unit_id: int
    may_steer: bool


async def see(act: Act, campaign_id: int, unit_id: int = 0) -> Seen:
    """Look at a campaign, as far as one's reach goes: at the unit asked for, else at the widest that one steers in it.

    Officers above the campaign see all of it, those below it their own part. Raises :class:`Forbidden`.
    """
    campaign = await act.session.get(Campaign, campaign_id)
    if campaign is None:
        raise Forbidden
    top = await unit_path(act.session, campaign.unit_id)
    if act.actor_id is None:
        return Seen(campaign, unit_id or campaign.unit_id, may_steer=True)
    held = await reach(act)
    may_steer = held.may(Power.CAMPAIGN, top)
    inside = [one for one in held.with_power(Power.CAMPAIGN) if one.path.startswith(top)]
    widest = campaign.unit_id if may_steer else inside[0].unit_id if inside else 0
    wanted = unit_id or widest
    path = await unit_path(act.session, wanted)
    if not path.startswith(top) or not held.may(Power.CAMPAIGN, path):
        raise Forbidden
    return Seen(campaign, wanted, may_steer)


async def listed(act: Act, *, offset: int, limit: int) -> Sequence[Campaign]:
    """The campaigns in which the actor steers a unit, and those of units below theirs, the newest first."""
    paths = (await reach(act)).paths(Power.CAMPAIGN)
    above = {number for path in paths for number in path_ids(path)}
    rows = await act.session.scalars(
        select(Campaign)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(or_(Unit.id.in_(sorted(above)), *(below(path) for path in paths)))
        .order_by(Campaign.starts.desc(), Campaign.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def phase_name(session: AsyncSession, campaign: Campaign) -> str:
    """The name of the phase that it serves."""
    return (await session.get_one(Phase, campaign.phase_id)).name


async def overlapping(act: Act, unit_id: int, starts: date, ends: date) -> Sequence[Campaign]:
    """Campaigns of the same unit on some of the same days: allowed, and shown."""
    found = await stored.of_units(act.session, [unit_id], [CampaignState.PLANNED, CampaignState.RUNNING])
    return [one for one in found if one.starts <= ends and one.ends >= starts]


# ---------------------------------------------------------------- the plan


def steps_of(campaign: Campaign) -> tuple[Step, ...]:
    """The steps of its plan."""
    return tuple(Step.from_json(step) for step in campaign.steps)


def step_of(campaign: Campaign, mailing: Mailing) -> Step:
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


async def moments(session: AsyncSession, campaign: Campaign) -> tuple[Planned, ...]:
    """The moments of its plan, with the days off as they are set now."""
    off = await stored.days_off(session, campaign.starts, campaign.ends + timedelta(days=30))
    return plan.moments(steps_of(campaign), campaign.starts, campaign.ends, off)


def _key(campaign: Campaign, planned: Planned) -> str:
    return f"campaign:{campaign.id}:{planned.key}"


def _details(planned: Planned) -> dict[str, Any]:
    return {"day": planned.day.isoformat(), "step": planned.step.key}


async def replan(act: Act, campaign: Campaign) -> None:
    """Make the rows be as the plan says. What was begun stays; what was not sent yet follows the change."""
    wanted = {_key(campaign, one): one for one in await moments(act.session, campaign)}
    rows = select(Mailing).where(Mailing.campaign_id == campaign.id).order_by(Mailing.id)
    if act.session.get_bind().dialect.name == "postgresql":
        # One whose rows are being made elsewhere has begun by the time that it is read here.
        rows = rows.with_for_update()
    found = await act.session.scalars(rows.execution_options(populate_existing=True))
    kept = {one.key: one for one in found}
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
    await mailings.plan(
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


async def change_step(act: Act, campaign_id: int, key: str, **values: Any) -> Campaign:  # noqa: ANN401 - a step's fields
    """Change a step of the plan, for what has not been sent yet."""
    campaign = await _not_over(act, campaign_id)
    steps = plan.changed(steps_of(campaign), key, **values)
    campaign.steps = [step.to_json() for step in steps]
    await replan(act, campaign)
    act.record("campaign_changed", unit_id=campaign.unit_id, campaign=campaign.id, step=key)
    await act.session.flush()
    return campaign


async def rename(act: Act, campaign_id: int, name: str) -> Campaign:
    """Give it another name; what is sent from now on bears it."""
    campaign = await _not_over(act, campaign_id)
    campaign.name = name
    act.record("campaign_changed", unit_id=campaign.unit_id, campaign=campaign.id, name=name)
    await act.session.flush()
    return campaign


async def change_days(
    act: Act, book: ProgrammeBook, campaign_id: int, *, starts: date | None = None, ends: date | None = None
) -> Campaign:
    """Move its first day, as long as it has not begun, or its last. Raises :class:`Refusal`."""
    campaign = await _not_over(act, campaign_id)
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


async def _not_over(act: Act, campaign_id: int) -> Campaign:
    campaign = await get(act, campaign_id)
    if not campaign.is_open:
        raise Refusal("campaign.over")
    return campaign


async def pause(act: Act, campaign_id: int) -> Campaign:
    """Send nothing of it until it is resumed."""
    campaign = await _not_over(act, campaign_id)
    campaign.paused_at = campaign.paused_at or act.now
    await _all_open(act, campaign, paused_at=campaign.paused_at)
    act.record("campaign_paused", unit_id=campaign.unit_id, campaign=campaign.id)
    return campaign


async def resume(act: Act, campaign_id: int) -> Campaign:
    """Go on; what was missed meanwhile is sent where it still makes sense."""
    campaign = await _not_over(act, campaign_id)
    campaign.paused_at = None
    await _all_open(act, campaign, paused_at=None)
    act.record("campaign_resumed", unit_id=campaign.unit_id, campaign=campaign.id)
    return campaign


async def _all_open(
    act: Act,
    campaign: Campaign,
    *,
    states: Sequence[MailingState] = _OPEN,
    **values: Any,  # noqa: ANN401 - columns
) -> None:
    await _set(act.session, campaign, states, values)
    await act.session.flush()


async def _set(
    session: AsyncSession, campaign: Campaign, states: Sequence[MailingState], values: dict[str, Any]
) -> None:
    await session.execute(
        update(Mailing)
        .where(Mailing.campaign_id == campaign.id, Mailing.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def end(act: Act, campaign_id: int) -> Campaign:
    """End it now: before its first day it is taken back; later it ends today, with its result for all."""
    campaign = await _not_over(act, campaign_id)
    if campaign.state is CampaignState.PLANNED:
        campaign.state, campaign.ended_at = CampaignState.CANCELLED, act.now
        await _all_open(act, campaign, state=MailingState.CANCELLED, reason="taken_back", ended_at=act.now)
    else:
        campaign.ends = act.today
        campaign.paused_at = None
        # What is being sent this very minute reminds of something that is over.
        await _all_open(
            act,
            campaign,
            states=(MailingState.MAKING, MailingState.GOING),
            state=MailingState.CANCELLED,
            reason="taken_back",
            ended_at=act.now,
        )
        await _all_open(act, campaign, paused_at=None)
        await replan(act, campaign)
    act.record("campaign_ended", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign


# ---------------------------------------------------------------- following it


async def chore(session: AsyncSession, now: datetime) -> None:
    """Begin campaigns whose first day has come, and end those whose last day is over; keep each day's counts."""
    today = local_date(now)
    if await stored.keep_day(session, today - timedelta(days=1)):
        await mailings.forget_reminded(session, today - _REMEMBERED)
    rows = await session.scalars(
        select(Campaign).where(
            or_(
                and_(Campaign.state == CampaignState.PLANNED, Campaign.starts <= today),
                and_(Campaign.state == CampaignState.RUNNING, Campaign.ends < today),
            )
        )
    )
    for campaign in rows:
        if campaign.state is CampaignState.PLANNED:
            campaign.state = CampaignState.RUNNING
        if campaign.ends < today:
            campaign.state, campaign.ended_at = CampaignState.ENDED, now
            if campaign.paused_at is not None:
                # Nobody can resume what is over: what is left of it would wait for ever.
                left = {"state": MailingState.SKIPPED, "reason": "paused", "ended_at": now, "paused_at": None}
                await _set(session, campaign, _OPEN, left)
    await session.flush()


async def objection(session: AsyncSession, mailing: Mailing, now: datetime) -> str | None:
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
        return "day_off" if await stored.days_off(session, today, today) else None
    return None
