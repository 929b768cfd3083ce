"""Confidential: the one place that says what of an initiative who may see.

Of what is confidential only name, effect and award leave the unit (the programme's rule). Inside it is seen by its
authors, its confirmed members and the team that checks it. A group chat is read by whoever was let in there: no birth
dates stand there, and nothing confidential. Cards, chats, groups, sheets, histories and likeness all ask here.
"""

import enum

from bot.services.act import Act
from bot.services.initiatives.descriptor import InitiativeField
from bot.services.people import membership, teams
from storage.initiatives.cards import Card
from storage.initiatives.tables import Initiative
from storage.people.tables import Person


class Sight(enum.Enum):
    """From where somebody looks at an initiative."""

    #: Its authors, its unit, and the team that checks it.
    WITHIN = enum.auto()
    #: A group chat of that team.
    GROUP = enum.auto()
    #: Anybody else who may open it.
    OUTSIDE = enum.auto()


def shows(field: InitiativeField, initiative: Initiative, sight: Sight) -> bool:
    """Whether a field is seen from there."""
    if sight is Sight.GROUP and field.is_personal:
        return False
    return not (field.stays_in_unit and keeps_words(initiative, sight))


def keeps_words(initiative: Initiative, sight: Sight) -> bool:
    """Whether what it says, its files, and what was said about it are kept from there."""
    # What nobody was asked about or answered is not a secret; only a yes is.
    return bool(initiative.confidential) and sight is not Sight.WITHIN


def is_own(card: Card, person_id: int | None) -> bool:
    """Whether somebody wrote or entered it."""
    return card.initiative.entered_by == person_id or any(
        author.person_id == person_id for author in card.authors
    )


async def sight_of(act: Act, card: Card) -> Sight:
    """From where the actor looks."""
    if is_own(card, act.actor_id):
        return Sight.WITHIN
    actor = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if actor is None:
        return Sight.OUTSIDE
    if membership.is_member(actor, card.unit.id):
        return Sight.WITHIN
    _, members = await teams.team_of(act.session, card.unit.path)
    return Sight.WITHIN if actor.id in members else Sight.OUTSIDE
