"""Campaigns: making one, changing, pausing and ending it; its plan as mailings; its beginning and its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns import plan
from bot.campaigns.plan import Planned, Step, Whom
from bot.clock import local_date
from bot.services.act import Act
from bot.services.mailings import Reached, reached
from bot.services.programmes import PhaseView, ProgrammeBook, ProgrammeView
from bot.services.progress import Standing, standing
from bot.services.refusal import Forbidden, Refusal
from bot.services.rights import grants_of, require
from storage import campaigns as stored
from storage import mailings, tally
from storage.audience import Audience
from storage.campaigns import Campaign, CampaignKind, CampaignState, CampaignTarget
from storage.mailings import Mailing, MailingState
from storage.models import Lane, Role, Unit
from storage.units import below

#: A campaign is a drive, not a regime.
_LONGEST = timedelta(days=92)
_MOST_TARGET = 1_000_000
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


def phase_of(programme: ProgrammeView | None, starts: date, ends: date) -> PhaseView:
    """The phase that a campaign serves: the one its days fall into. Raises :class:`Refusal`."""
    if programme is None:
        raise Refusal("rules.no_programme")
    phase = programme.phase_on(starts) or programme.phase_on(ends)
    if phase is None:
        raise Refusal("campaign.no_phase")
    return phase


def check_days(starts: date, ends: date, today: date) -> None:
    """Raises :class:`Refusal` for days that cannot be those of a new campaign."""
    if ends < starts:
        raise Refusal("campaign.days_reversed")
    if starts < today:
        raise Refusal("campaign.in_past")
    if ends - starts > _LONGEST:
        raise Refusal("campaign.too_long", n=_LONGEST.days)


async def missing(
    session: AsyncSession, programme: ProgrammeView, phase: PhaseView, unit_id: int
) -> dict[int, int]:
    """What is still missing to the phase's target, for a unit and for those right below it; without a target, nothing."""
    rows = [
        *await tally.counts(session, [phase.id], unit_id=unit_id),
        *await tally.counts(session, [phase.id], parent_id=unit_id),
    ]
    found: dict[int, int] = {}
    for row in rows:
        one = standing(row, programme.counts)
        if one.target:
            found[row.unit_id] = max(one.target - one.count, 0)
    return found


async def make(act: Act, book: ProgrammeBook, wanted: Wanted) -> Campaign:
    """Make a campaign; its plan becomes rows at once. For officers, within their subtree. Raises :class:`Refusal`."""
    await require(act, wanted.unit_id, Role.OFFICER)
    check_days(wanted.starts, wanted.ends, act.today)
    unit = await act.session.get_one(Unit, wanted.unit_id)
    programme = book.for_unit(unit.path, wanted.starts) or book.for_unit(unit.path, act.today)
    if programme is None:
        raise Refusal("rules.no_programme")
    phase = phase_of(programme, wanted.starts, wanted.ends)
    if wanted.target is not None and not 0 < wanted.target <= _MOST_TARGET:
        raise Refusal("campaign.target_range", most=_MOST_TARGET)
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
    proposed = await missing(act.session, programme, phase, wanted.unit_id)
    await _set_targets(act, campaign, shared_out(proposed, wanted.unit_id, wanted.target))
    await replan(act, campaign)
    act.record("campaign_made", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign


def shared_out(proposed: Mapping[int, int], unit_id: int, target: int | None) -> dict[int, int]:
    """The targets of a campaign: what is missing, or a number shared out as what is missing is spread."""
    if target is None:
        return {unit: number for unit, number in proposed.items() if number}
    below_it = {unit: number for unit, number in proposed.items() if unit != unit_id and number}
    total = sum(below_it.values())
    found = {unit_id: target}
    left = target
    for unit, number in sorted(below_it.items(), key=lambda one: (-one[1], one[0])):
        share = min(left, round(target * number / total))
        if share:
            found[unit] = share
            left -= share
    return found


async def _set_targets(act: Act, campaign: Campaign, numbers: Mapping[int, int]) -> None:
    await act.session.execute(delete(CampaignTarget).where(CampaignTarget.campaign_id == campaign.id))
    act.session.add_all(
        CampaignTarget(campaign_id=campaign.id, unit_id=unit_id, number=number)
        for unit_id, number in numbers.items()
    )
    await act.session.flush()


async def set_target(act: Act, campaign_id: int, unit_id: int, number: int) -> None:
    """Change one unit's number. Raises :class:`Refusal`."""
    campaign = await get(act, campaign_id)
    unit = await act.session.get(Unit, unit_id)
    top = await act.session.get_one(Unit, campaign.unit_id)
    if unit is None or not unit.path.startswith(top.path):
        raise Forbidden
    if not 0 < number <= _MOST_TARGET:
        raise Refusal("campaign.target_range", most=_MOST_TARGET)
    found = await act.session.get(CampaignTarget, (campaign_id, unit_id))
    if found is None:
        act.session.add(CampaignTarget(campaign_id=campaign_id, unit_id=unit_id, number=number))
    else:
        found.number = number
    act.record("campaign_target", unit_id=unit_id, campaign=campaign_id, number=number)
    await act.session.flush()


async def get(act: Act, campaign_id: int) -> Campaign:
    """A campaign that the actor steers. Raises :class:`Forbidden`."""
    campaign = await act.session.get(Campaign, campaign_id)
    if campaign is None:
        raise Forbidden
    await require(act, campaign.unit_id, Role.OFFICER)
    return campaign


async def listed(act: Act, *, offset: int, limit: int) -> Sequence[Campaign]:
    """The campaigns of the units that the actor steers, and of those below them, the newest first."""
    paths = [grant.path for grant in await grants_of(act.session, act.actor_id) if grant.role is Role.OFFICER]
    if not paths:
        raise Forbidden
    rows = await act.session.scalars(
        select(Campaign)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(or_(*(below(path) for path in paths)))
        .order_by(Campaign.starts.desc(), Campaign.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return rows.all()


async def overlapping(act: Act, unit_id: int, starts: date, ends: date) -> Sequence[Campaign]:
    """Campaigns of the same unit on some of the same days: allowed, and shown."""
    found = await stored.of_units(act.session, [unit_id], [CampaignState.PLANNED, CampaignState.RUNNING])
    return [one for one in found if one.starts <= ends and one.ends >= starts]


# ---------------------------------------------------------------- the plan


def steps_of(campaign: Campaign) -> tuple[Step, ...]:
    """The steps of its plan."""
    return tuple(Step.from_json(step) for step in campaign.steps)


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


async def replan(act: Act, campaign: Campaign) -> None:
    """Make the rows be as the plan says. What was begun stays; what was not sent yet follows the change."""
    wanted = {_key(campaign, one): one for one in await moments(act.session, campaign)}
    kept = {
        one.key: one
        for one in await act.session.scalars(select(Mailing).where(Mailing.campaign_id == campaign.id))
    }
    for key, mailing in kept.items():
        if mailing.state is not MailingState.PLANNED:
            continue
        planned = wanted.get(key)
        if planned is None:
            await act.session.delete(mailing)
        else:
            mailing.due_at, mailing.until = planned.due_at, planned.until
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
                "details": {"day": planned.day.isoformat(), "step": planned.step.key},
                "audience": audience_of(campaign, planned.step.whom).to_json(),
                "unit_id": campaign.unit_id,
                "campaign_id": campaign.id,
                "state": MailingState.PLANNED,
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


async def foresee(act: Act, campaign: Campaign) -> Sequence[Foreseen]:
    """Every message of the plan, to how many people over what, and when."""
    counted: dict[Whom, Reached] = {}
    found = []
    for planned in await moments(act.session, campaign):
        whom = planned.step.whom
        if whom not in counted:
            counted[whom] = await reached(act.session, audience_of(campaign, whom))
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


async def change_end(act: Act, campaign_id: int, ends: date) -> Campaign:
    """Let it last longer, or end earlier, than planned."""
    campaign = await _not_over(act, campaign_id)
    if ends < max(campaign.starts, act.today):
        raise Refusal("campaign.days_reversed")
    if ends - campaign.starts > _LONGEST:
        raise Refusal("campaign.too_long", n=_LONGEST.days)
    campaign.ends = ends
    await replan(act, campaign)
    act.record("campaign_changed", unit_id=campaign.unit_id, campaign=campaign.id, ends=ends.isoformat())
    await act.session.flush()
    return campaign


async def _not_over(act: Act, campaign_id: int) -> Campaign:
    campaign = await get(act, campaign_id)
    if campaign.state not in (CampaignState.PLANNED, CampaignState.RUNNING):
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


async def _all_open(act: Act, campaign: Campaign, **values: Any) -> None:  # noqa: ANN401 - columns
    await act.session.execute(
        update(Mailing)
        .where(Mailing.campaign_id == campaign.id, Mailing.state.in_(_OPEN))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    await act.session.flush()


async def end(act: Act, campaign_id: int) -> Campaign:
    """End it now: before its first day it is taken back; later it ends today, with its result for all."""
    campaign = await _not_over(act, campaign_id)
    if campaign.state is CampaignState.PLANNED:
        campaign.state, campaign.ended_at = CampaignState.CANCELLED, act.now
        await _all_open(act, campaign, state=MailingState.CANCELLED, reason="taken_back", ended_at=act.now)
    else:
        campaign.ends = act.today
        campaign.paused_at = None
        await _all_open(act, campaign, paused_at=None)
        await replan(act, campaign)
    act.record("campaign_ended", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign


# ---------------------------------------------------------------- following it


@dataclass(frozen=True, slots=True)
class Figures:
    """Where a campaign stands for one of its units."""

    unit: Standing
    #: What came since the campaign began.
    gained: int
    target: int | None
    days_left: int

    @property
    def part(self) -> float | None:
        """Gain by target; None without a target."""
        return self.gained / self.target if self.target else None

    @property
    def pace_needed(self) -> float | None:
        """Initiatives a day from today on; None without a target or without days."""
        if not self.target or not self.days_left:
            return None
        return max(self.target - self.gained, 0) / self.days_left


async def chore(session: AsyncSession, book: ProgrammeBook, now: datetime) -> None:
    """Begin campaigns whose first day has come, and end those whose last day is over; keep each day's counts."""
    today = local_date(now)
    await stored.keep_day(session, today - timedelta(days=1))
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
            campaign.count_before = await _count(session, book, campaign)
        if campaign.ends < today:
            campaign.state, campaign.ended_at = CampaignState.ENDED, now
            campaign.count_after = await _count(session, book, campaign)
    await session.flush()


async def _count(session: AsyncSession, book: ProgrammeBook, campaign: Campaign) -> int:
    found = await figures(session, book, campaign, campaign.unit_id, campaign.starts)
    return found.unit.count


async def figures(
    session: AsyncSession, book: ProgrammeBook, campaign: Campaign, unit_id: int, today: date
) -> Figures:
    """A campaign's figures for its unit or one below it."""
    unit = await session.get_one(Unit, unit_id)
    programme = book.for_unit(unit.path, campaign.starts) or book.for_unit(unit.path, today)
    if programme is None:
        raise Refusal("rules.no_programme")
    row = (await tally.counts(session, [campaign.phase_id], unit_id=unit_id))[0]
    one = standing(row, programme.counts)
    numbers = await stored.targets(session, campaign.id)
    before = campaign.count_before if unit_id == campaign.unit_id else None
    if before is None:
        before = await stored.count_before(
            session, unit_id, campaign.phase_id, campaign.starts, programme.counts.value
        )
    gained = one.count - (before if before is not None else one.count)
    left = max((campaign.ends - max(today, campaign.starts)).days + 1, 0)
    return Figures(one, max(gained, 0), numbers.get(unit_id), left)


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
    off = await stored.days_off(session, today, today)
    if off:
        return "day_off"
    return None
