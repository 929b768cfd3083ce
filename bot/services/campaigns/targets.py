"""The targets of a campaign: proposed from what its units still miss, shared out from the top down, changed one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.act import Act
from bot.services.initiatives.programmes import ProgrammeBook, ProgrammeView
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.progress.progress import standing
from bot.services.refusal import Forbidden, Refusal
from storage.campaigns import targets as stored
from storage.campaigns.tables import Campaign
from storage.engine import Session
from storage.progress import counts
from storage.units.tables import Unit

#: No unit of the country brings more in one campaign; a larger number was mistyped.
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Missing:
    """What a unit still misses of its phase's target, with all below it; 0 where it has none."""

    unit_id: int
    parent_id: int | None
    number: int


async def missing(session: Session, programme: ProgrammeView, phase_id: int, path: str) -> Sequence[Missing]:
    """What each unit of a subtree still misses in a phase, in the order of units."""
    found = []
    for row in await counts.of_units(session, [phase_id], path=path):
        one = standing(row, programme.counts)
        found.append(Missing(row.unit_id, row.parent_id, max(one.target - one.count, 0) if one.target else 0))
    return found


def shared_out(units: Sequence[Missing], top_id: int, target: int | None) -> dict[int, int]:
    """A target for each unit: what it misses, or its share of the number given to the top. No target where it is 0.

    A unit's number goes to those right below it in the proportion of what they miss, to the last one: the largest
    remainders get what rounding leaves. Where nobody below misses anything, it stays with the unit itself.
    """
    if target is None:
        return {one.unit_id: one.number for one in units if one.number}
    children: dict[int | None, list[Missing]] = {}
    for one in units:
        children.setdefault(one.parent_id, []).append(one)
    found: dict[int, int] = {}
    waiting = [(top_id, target)]
    while waiting:
        unit_id, number = waiting.pop()
        found[unit_id] = number
        waiting += [(child, share) for child, share in _shares(children.get(unit_id, ()), number) if share]
    return found


def _shares(units: Sequence[Missing], number: int) -> list[tuple[int, int]]:
    total = sum(one.number for one in units)
    if not total:
        return []
    whole = [(one.unit_id, number * one.number // total, number * one.number % total) for one in units]
    left = number - sum(share for _, share, _ in whole)
    by_remainder = sorted(whole, key=lambda one: (-one[2], one[0]))
    more = {unit_id for unit_id, _, _ in by_remainder[:left]}
    return [(unit_id, share + (unit_id in more)) for unit_id, share, _ in whole]


def check(number: int) -> None:
    """Raises :class:`Refusal` for what can be no target."""
    if not 0 < number <= MOST:
        raise Refusal("campaign.target_range", most=MOST)


async def set_one(act: Act, campaign_id: int, unit_id: int, number: int) -> None:
    """Change the number of one unit. For officers of the campaign's unit. Raises :class:`Refusal`."""
    campaign, unit = await _steered(act, campaign_id, unit_id)
    check(number)
    await stored.put_one(act.session, campaign.id, unit.id, number)
    act.record("campaign_target", unit_id=unit_id, campaign=campaign.id, number=number)
    await act.session.flush()


async def share_out(act: Act, book: ProgrammeBook, campaign_id: int, unit_id: int) -> int:
    """Share a unit's number out to all below it anew. Gives how many units got one. Raises :class:`Refusal`."""
    campaign, unit = await _steered(act, campaign_id, unit_id)
    programme = book.with_phase(campaign.phase_id)
    if programme is None:
        raise Refusal("rules.no_programme")
    number = (await stored.by_unit(act.session, campaign.id, [unit.id])).get(unit.id)
    if not number:
        raise Refusal("campaign.target_first")
    units = await missing(act.session, programme, campaign.phase_id, unit.path)
    numbers = shared_out(units, unit.id, number)
    if len(numbers) == 1:
        raise Refusal("campaign.nothing_missing")
    below = {one: share for one, share in numbers.items() if one != unit.id}
    await stored.put_below(act.session, campaign.id, unit, below)
    act.record("campaign_targets_shared", unit_id=unit_id, campaign=campaign_id, number=number)
    await act.session.flush()
    return len(below)


async def shown_after(act: Act, campaign: Campaign, unit_id: int) -> int:
    """Of which unit the targets are shown after one was changed: it was changed from the list of those beside it."""
    unit = await act.session.get_one(Unit, unit_id)
    return unit.id if unit.id == campaign.unit_id or unit.parent_id is None else unit.parent_id


async def _steered(act: Act, campaign_id: int, unit_id: int) -> tuple[Campaign, Unit]:
    """A campaign that the actor steers and one of its units. Raises :class:`Forbidden`, :class:`Refusal`."""
    campaign = await act.session.get(Campaign, campaign_id)
    if campaign is None:
        raise Forbidden
    await require(act, campaign.unit_id, Power.CAMPAIGN)
    if not campaign.is_open:
        raise Refusal("campaign.over")
    unit = await act.session.get(Unit, unit_id)
    top = await act.session.get_one(Unit, campaign.unit_id)
    if unit is None or not unit.path.startswith(top.path):
        raise Forbidden
    return campaign, unit
