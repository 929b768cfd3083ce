"""Looking at campaigns, for the officers who steer one and for those below them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.services.act import Act
from bot.services.mailings import seeing as mailings
from bot.services.people.rights import reach, require, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.campaigns import campaigns as stored
from storage.campaigns import moments
from storage.campaigns.tables import Campaign, CampaignState
from storage.initiatives.tables import Phase
from storage.mailings.tables import Mailing
from storage.units.tables import Unit


async def get(act: Act, campaign_id: int) -> Campaign:
    """A campaign that the actor steers, locked until the end of the transaction. Raises :class:`Forbidden`."""
    campaign = await stored.hold(act.session, campaign_id)
    if campaign is None:
        raise Forbidden
    await require(act, campaign.unit_id, Power.CAMPAIGN)
    return campaign


@dataclass(frozen=True, slots=True)
class SeenCampaign:
    """A campaign as one of its officers may look at it: of which of its units, and whether they steer it."""

    campaign: Campaign
    unit_id: int
    may_steer: bool


async def see(act: Act, campaign_id: int, unit_id: int = 0) -> SeenCampaign:
    """Look at a campaign, as far as one's reach goes: at the unit asked for, else at the widest that one steers in it.

    Officers above the campaign see all of it, those below it their own part. Raises :class:`Forbidden`.
    """
    campaign = await act.session.get(Campaign, campaign_id)
    if campaign is None:
        raise Forbidden
    top = await unit_path(act.session, campaign.unit_id)
    if act.actor_id is None:
        return SeenCampaign(campaign, unit_id or campaign.unit_id, may_steer=True)
    held = await reach(act)
    may_steer = held.may(Power.CAMPAIGN, top)
    inside = [one for one in held.with_power(Power.CAMPAIGN) if one.path.startswith(top)]
    widest = campaign.unit_id if may_steer else inside[0].unit_id if inside else 0
    wanted = unit_id or widest
    path = await unit_path(act.session, wanted)
    if not path.startswith(top) or not held.may(Power.CAMPAIGN, path):
        raise Forbidden
    return SeenCampaign(campaign, wanted, may_steer)


async def listed(act: Act, *, offset: int, limit: int) -> Sequence[Campaign]:
    """The campaigns in which the actor steers a unit, and those of units below theirs, the newest first."""
    paths = (await reach(act)).paths(Power.CAMPAIGN)
    return await stored.around(act.session, paths, offset=offset, limit=limit)


async def unit_above(act: Act, seen: SeenCampaign) -> int | None:
    """The unit above the one that is looked at, where there is one in the campaign that the actor may see."""
    if seen.unit_id == seen.campaign.unit_id:
        return None
    unit = await act.session.get_one(Unit, seen.unit_id)
    try:
        await see(act, seen.campaign.id, unit.parent_id or 0)
    except Forbidden:
        return None
    return unit.parent_id


async def phase_name(act: Act, campaign: Campaign) -> str:
    """The name of the phase that a campaign serves."""
    return (await act.session.get_one(Phase, campaign.phase_id)).name


async def overlapping(act: Act, unit_id: int, starts: date, ends: date) -> Sequence[Campaign]:
    """Campaigns of the same unit on some of the same days: allowed, and shown."""
    found = await stored.of_units(act.session, [unit_id], [CampaignState.PLANNED, CampaignState.RUNNING])
    return [one for one in found if one.starts <= ends and one.ends >= starts]


async def log(act: Act, campaign: Campaign, *, offset: int, limit: int) -> Sequence[Mailing]:
    """The moments of a campaign that have come, however they went, the newest first. For its officers."""
    await require(act, campaign.unit_id, Power.CAMPAIGN)
    return await moments.that_have_come(act.session, campaign.id, offset=offset, limit=limit)


async def moment_of(act: Act, campaign_id: int, mailing_id: int) -> Mailing:
    """One of the moments of a campaign, for its officers. Raises :class:`Forbidden` for one of another."""
    campaign = await get(act, campaign_id)
    mailing = await mailings.get(act, mailing_id)
    if mailing.campaign_id != campaign.id:
        raise Forbidden
    return mailing
