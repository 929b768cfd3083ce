"""What people are told of an initiative: its card, for those who check it, and what became of it, for its authors."""

from dataclasses import dataclass

from bot.services.act import Act
from bot.services.people.rights import reach_of
from bot.services.people.roles import Power
from bot.services.people.teams import team_of
from bot.services.telling import NoticeKind, about, row, tell_people
from storage.delivery import outbox, standing
from storage.delivery.tables import OutboxState
from storage.initiatives import cards
from storage.initiatives.cards import Card
from storage.units.tree import path_ids

#: A card of a submission, for those who review.
CARD = NoticeKind("card")
#: The same card once it is decided: closes the card on each screen that shows it.
CARD_CLOSED = NoticeKind("card_closed")
#: To the author: what became of their initiative.
DECISION = NoticeKind("decision")
#: To somebody who bears the name of an author: is it they?
COAUTHOR = NoticeKind("coauthor")
#: To who wrote an author's name down: somebody said that it is theirs.
AUTHOR_FOUND = NoticeKind("author_found")


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a message stands. Messengers number the messages of each chat anew, so the chat belongs to it."""

    channel: str
    chat: str
    message: str


async def tell_team(act: Act, path: str, initiative_id: int, revision: int) -> None:
    """Show a new or mended submission to the support team: privately, and in its group chats."""
    unit, members = await team_of(act.session, path)
    if act.actor_id in members and len(members) == 1:
        # Who entered it does not approve it while those above can.
        _, above = await team_of(act.session, path, besides=members)
        members = [*members, *above]
    # Groups of units above the team that checks it are not theirs to be filled with this unit's cards.
    ids = path_ids(path)
    near = ids[ids.index(unit.id) :] if unit is not None else ids
    details = {"initiative": initiative_id, "revision": revision}
    base = f"initiative:{initiative_id}:card:{revision}"
    rows = [
        row(
            act,
            f"{base}:person:{member}",
            CARD,
            details=details,
            about=about(initiative_id),
            person_id=member,
        )
        for member in members
        if member != act.actor_id
    ]
    rows += [
        row(
            act,
            f"{base}:chat:{chat.id}",
            CARD,
            details=details,
            about=about(initiative_id),
            team_chat_id=chat.id,
        )
        for chat in await outbox.team_chats(act.session, near)
    ]
    await outbox.put(act.session, rows)


async def tell_authors(act: Act, card: Card, event: str, state: str) -> None:
    """Tell the authors, and whoever entered it, what became of an initiative.

    ``event`` names this news among all about the initiative; ``state`` is what their notice says.
    """
    initiative = card.initiative
    people = [author.person_id for author in card.authors if author.person_id is not None]
    await tell_people(
        act,
        [*people, initiative.entered_by],
        DECISION,
        f"initiative:{initiative.id}:{event}",
        initiative.id,
        state=state,
    )


async def shown_card(act: Act, initiative_id: int, place: CardPlace | None) -> None:
    """A card stands in a chat as the answer to somebody who opened it: to be closed there like those that were sent."""
    if place is None or act.actor_id is None:
        return
    await covered(act, place)
    one = row(
        act,
        f"initiative:{initiative_id}:opened:{place.channel}:{place.chat}:{place.message}",
        CARD,
        details={"initiative": initiative_id},
        about=about(initiative_id),
        person_id=act.actor_id,
    )
    sent = {
        "state": OutboxState.SENT,
        "channel": place.channel,
        "chat_id": place.chat,
        "message_ref": place.message,
    }
    await outbox.put(act.session, [{**one, **sent, "sent_at": act.now}])
    await standing.stands(act.session, one["key"])


async def covered(act: Act, place: CardPlace | None) -> None:
    """A message that showed a card to the actor shows something else now: closing that card must not touch it."""
    if place is not None:
        await standing.is_covered(act.session, act.actor_id, CARD, place.channel, place.chat, place.message)


async def close_cards(act: Act, initiative_id: int, event: str, *, besides: CardPlace | None = None) -> None:
    """A submission is no longer waiting: change its card wherever it stands, and send none that has not left.

    ``besides``: the message that shows the outcome already. Where nothing can be changed the outcome is
    said again, once to each of the others.
    """
    await outbox.cancel(act.session, about(initiative_id), [CARD])
    rows = []
    shown = await outbox.shown(act.session, about(initiative_id), [CARD])
    newest = {card.person_id: card.id for card in sorted(shown, key=lambda card: card.id)}
    for card in shown:
        if card.channel is None or card.chat_id is None or card.message_ref is None:
            continue
        if besides == CardPlace(card.channel, card.chat_id, card.message_ref):
            continue
        details = {
            "initiative": initiative_id,
            "channel": card.channel,
            "chat": card.chat_id,
            "replaces": card.message_ref,
            "say_again": card.person_id != act.actor_id and newest[card.person_id] == card.id,
        }
        rows.append(
            row(
                act,
                f"initiative:{initiative_id}:closed:{event}:{card.id}",
                CARD_CLOSED,
                details=details,
                about=about(initiative_id),
                person_id=card.person_id,
                team_chat_id=card.team_chat_id,
            )
        )
    await outbox.put(act.session, rows)


async def close_cards_of(act: Act, person_id: int) -> None:
    """Somebody has lost a role: close the cards in their chat that are not theirs to work on any more."""
    held = await reach_of(act.session, person_id)
    rows = []
    for sent, path in await cards.shown_to(act.session, person_id, CARD):
        if held.may(Power.CHECK, path):
            continue
        details = {
            "initiative": int(sent.details["initiative"]),
            "channel": sent.channel,
            "chat": sent.chat_id,
            "replaces": sent.message_ref,
            "say_again": False,
            "role_taken": True,
        }
        key = f"{sent.about}:role_taken:{sent.id}"
        rows.append(row(act, key, CARD_CLOSED, details=details, about=sent.about, person_id=person_id))
    await outbox.put(act.session, rows)
