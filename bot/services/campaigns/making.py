"""Making a campaign: which days and which phase it may have, its targets, and its plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.services.act import Act
from bot.services.campaigns import targets as campaign_targets
from bot.services.campaigns.moments import replan
from bot.services.campaigns.plan import PlanStep
from bot.services.initiatives.programmes import PhaseView, ProgrammeBook, ProgrammeView
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from storage.campaigns import targets as stored_targets
from storage.campaigns.tables import Campaign, CampaignKind, CampaignState
from storage.units.tables import Unit

#: A campaign is a drive, not a regime.
_LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A campaign as an officer wants it."""

    name: str
    kind: CampaignKind
    unit_id: int
    starts: date
    ends: date
    steps: Sequence[PlanStep]
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
    await stored_targets.put(act.session, campaign.id, numbers)
    await replan(act, campaign)
    act.record("campaign_made", unit_id=campaign.unit_id, campaign=campaign.id)
    await act.session.flush()
    return campaign
