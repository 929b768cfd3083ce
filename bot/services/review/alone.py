"""Four eyes: who wrote or entered an initiative does not approve it while another can.

Where nobody else of the team or above it can, they may; then it is marked as approved by one alone, and listed for the
officers of the unit and above it until one of them has looked it over.
"""

from collections.abc import Sequence

from bot.services import telling
from bot.services.act import Act
from bot.services.people import teams
from bot.services.people.rights import reach, require
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Refusal
from bot.services.review.kinds import ALONE
from storage.initiatives.cards import Card, Line
from storage.people import roles
from storage.review import alone as stored
from storage.units.tree import path_ids

#: The event that says that an officer looked one over.
LOOKED_OVER = "looked_over"


async def check(act: Act, card: Card) -> bool:
    """Whether the actor approves what they wrote or entered, and nobody else can. Raises :class:`Refusal` where one can."""
    authors = {author.person_id for author in card.authors if author.person_id is not None}
    involved = authors | {card.initiative.entered_by}
    if act.actor_id not in involved:
        return False
    if card.initiative.confidential:
        # Those above the team may not read it.
        _, able = await teams.team_of(act.session, card.unit.path)
    else:
        holders = await roles.holders(act.session, path_ids(card.unit.path), roles_with(Power.CHECK))
        able = [one for people in holders.values() for one in people]
    if set(able) - involved:
        key = "review.own" if act.actor_id in authors else "review.entered_by_you"
        raise Refusal(key, code=card.initiative.code)
    return True


async def tell_officers(act: Act, card: Card) -> None:
    """Tell the nearest officers, from the unit upwards, that one alone approved it."""
    ids = path_ids(card.unit.path)
    holders = await roles.holders(act.session, ids, roles_with(Power.READ))
    nearest: Sequence[int] = next(
        (
            free
            for unit_id in reversed(ids)
            if (free := [one for one in holders.get(unit_id, ()) if one != act.actor_id])
        ),
        (),
    )
    key = f"initiative:{card.initiative.id}:alone:{int(act.now.timestamp())}"
    await telling.tell_people(act, nearest, ALONE, key, card.initiative.id)


async def number(act: Act) -> int:
    """How many are to be looked over where the actor is an officer. Raises :class:`Forbidden`."""
    return await stored.size(act.session, (await reach(act)).paths(Power.READ), act.actor_id)


async def listed(act: Act, *, offset: int, limit: int) -> Sequence[Line]:
    """Those, the newest first. Raises :class:`Forbidden`."""
    paths = (await reach(act)).paths(Power.READ)
    return await stored.page(act.session, paths, act.actor_id, offset=offset, limit=limit)


async def looked_over(act: Act, initiative_id: int) -> None:
    """The actor has looked one over. Raises :class:`Forbidden`, also for who approved it."""
    unit_id, decided_by = await stored.of(act.session, initiative_id)
    await require(act, unit_id, Power.READ)
    if decided_by == act.actor_id:
        raise Refusal("alone.not_yours")
    act.record(LOOKED_OVER, initiative_id=initiative_id, unit_id=unit_id)
    await act.session.flush()
