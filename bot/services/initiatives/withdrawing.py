"""Taking back one's own initiative."""

from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.changing import change
from bot.services.initiatives.reading import is_main, own
from bot.services.people.helped import check_ones_own
from bot.services.refusal import Refusal
from storage.initiatives.cards import Card
from storage.initiatives.tables import Initiative, InitiativeState

#: What is not decided for good can be taken back.
CAN_BE_WITHDRAWN = (InitiativeState.SUBMITTED, InitiativeState.RETURNED)


async def to_withdraw(act: Act, initiative_id: int) -> Card:
    """A card that the actor may take back. Raises :class:`Refusal`, :class:`Forbidden`."""
    check_ones_own(act)
    card = await own(act, initiative_id)
    if not is_main(card, act.actor_id):
        raise Refusal("rules.withdraw_by_main", code=card.initiative.code)
    if card.initiative.state not in CAN_BE_WITHDRAWN:
        raise Refusal("rules.too_late_to_withdraw", code=card.initiative.code)
    return card


async def withdraw(act: Act, initiative_id: int) -> Initiative:
    """Take one's own initiative back, as long as it is not decided for good.

    For whoever entered it and its first author; the other authors are told.
    """
    card = await to_withdraw(act, initiative_id)
    initiative = card.initiative
    async with change(act, initiative, "withdrawn"):
        initiative.state = InitiativeState.WITHDRAWN
        initiative.revision += 1
    event = f"withdrawn:{initiative.revision}"
    await told.close_cards(act, initiative_id, event)
    await told.tell_authors(act, card, event, InitiativeState.WITHDRAWN.value)
    return initiative
