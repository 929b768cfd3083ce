"""Reading initiatives: whose they are, who may open them, and how much of them."""

from collections.abc import Sequence

from bot.services.act import Act
from bot.services.initiatives.confidential import is_own, keeps_words, sight_of
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.initiatives import cards as stored
from storage.initiatives.cards import Card, Line
from storage.initiatives.tables import Initiative
from storage.trail import Event

#: Events that an author sees in the history; "note" is the support team's own.
PUBLIC_EVENTS = (
    "submitted",
    "mended",
    "approved",
    "returned",
    "rejected",
    "undone",
    "withdrawn",
    "recognised",
    "recorded",
    "asked",
    "answered",
)
TEAM_EVENTS = (*PUBLIC_EVENTS, "note", "claimed")


async def find(act: Act, code: str) -> Initiative | None:
    """An initiative by its code; whether the actor may see it is for the caller's next step to ask."""
    return await stored.of_code(act.session, code.strip().upper())


async def mine(act: Act, *, offset: int, limit: int) -> Sequence[Line]:
    """What the actor wrote or entered, the newest first."""
    if act.actor_id is None:
        return ()
    return await stored.of_person(act.session, act.actor_id, offset=offset, limit=limit)


async def card_for(act: Act, initiative_id: int) -> tuple[Card, bool]:
    """A card, for its authors and whoever entered it, and for the unit's support team and officers.

    Gives the card and whether the actor is of the team that decides it; officers only read. What is confidential
    leaves the unit only by name, effect and award, so officers above the unit see it without its content. Raises
    :class:`Forbidden`.
    """
    card = await stored.card(act.session, initiative_id)
    if card is None:
        raise Forbidden
    held, is_theirs = await reach(act), is_own(card, act.actor_id)
    as_team = held.may(Power.CHECK, card.unit.path)
    if not (as_team or is_theirs or held.may(Power.READ, card.unit.path)):
        raise Forbidden
    if not is_theirs:
        # It says who the authors are, and when they were born.
        act.record("looked", initiative_id=card.initiative.id, unit_id=card.unit.id)
    return card, as_team


async def own(act: Act, initiative_id: int) -> Card:
    """A card for changing it as its author. Raises :class:`Forbidden`."""
    card = await stored.card(act.session, initiative_id)
    if card is None or not is_own(card, act.actor_id):
        raise Forbidden
    return card


async def history(act: Act, card: Card, *, whole: bool) -> Sequence[tuple[Event, str, str]]:
    """The events of an initiative that the actor may read, oldest first, each with its actor's name and its words.

    ``whole``: with what only the support team sees.
    """
    kinds = TEAM_EVENTS if whole else PUBLIC_EVENTS
    return await stored.history(act.session, card.initiative.id, kinds=kinds)


def is_main(card: Card, person_id: int | None) -> bool:
    """Whether somebody entered it, or is its first author: what takes it back for all is theirs."""
    return card.initiative.entered_by == person_id or (
        bool(card.authors) and card.authors[0].person_id == person_id
    )


async def is_hidden(act: Act, card: Card) -> bool:
    """Whether what it says is kept from the actor."""
    return keeps_words(card.initiative, await sight_of(act, card))
