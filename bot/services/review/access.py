"""A card, for those who may work on it."""

from bot.services.act import Act
from bot.services.initiatives.reading import is_hidden
from bot.services.people.rights import require
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives import cards as stored
from storage.initiatives.cards import Card


async def card_to_work_on(act: Act, initiative_id: int, power: Power = Power.CHECK) -> Card:
    """The card of an initiative, for an actor who has a power in its unit and may read all of it.

    Raises :class:`Forbidden`, and :class:`Refusal` when its content is kept from the actor.
    """
    card = await stored.card(act.session, initiative_id)
    if card is None:
        raise Forbidden
    await require(act, card.unit.id, power)
    if await is_hidden(act, card):
        # Whoever may not read it cannot judge it.
        raise Refusal("review.confidential", code=card.initiative.code)
    return card
