"""What the bot has to tell people by itself: put into the outbox with the change that it is about."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from storage.delivery import outbox
from storage.delivery.tables import Lane, Outbox, OutboxState
from storage.people.tables import Person, Role, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import path_ids

#: A card of a submission, for those who review.
CARD = "card"
#: The same card once it is decided: closes the card on each screen that shows it.
CARD_CLOSED = "card_closed"
#: To the author: what became of their initiative.
DECISION = "decision"
#: To the author: the support team asks something.
QUESTION = "question"
#: To who asked: the author's answer.
ANSWER = "answer"
#: To somebody who bears the name of an author: is it they?
COAUTHOR = "coauthor"
#: To who wrote an author's name down: somebody said that it is theirs.
AUTHOR_FOUND = "author_found"
#: To a second officer: a large broadcast needs their yes.
AGREE = "agree"
#: To who confirmed a mailing: how far it is; changes as it moves on.
MAILING = "mailing"
#: To who wrote a mailing: the message as people will get it.
MAILING_TEST = "mailing_test"
#: To somebody who was given a role, or lost one.
ROLE = "role"
#: To those who answer for the bot: a messenger's plan comes to its end. ``what`` is a word of ``notice.plan.*``.
PLAN = "plan"


def about(initiative_id: int) -> str:
    """What messages on an initiative are marked with."""
    return f"initiative:{initiative_id}"


_TEAM = (
    select(RoleGrant.unit_id, RoleGrant.person_id)
    .join(Person, Person.id == RoleGrant.person_id)
    .where(
        RoleGrant.unit_id.in_(bindparam("units", expanding=True)),
        RoleGrant.role == Role.SUPPORT,
        RoleGrant.revoked_at.is_(None),
        Person.registered_at.is_not(None),
    )
    .order_by(RoleGrant.person_id)
)


async def team_of(session: AsyncSession, path: str) -> tuple[Unit | None, Sequence[int]]:
    """The nearest unit, from this one upwards, that has a support team, and the ids of its members."""
    rows = await session.execute(_TEAM, {"units": path_ids(path)})
    teams: dict[int, list[int]] = {}
    for unit_id, person_id in rows:
        teams.setdefault(unit_id, []).append(person_id)
    for unit_id in reversed(path_ids(path)):
        if unit_id in teams:
            return await session.get(Unit, unit_id), teams[unit_id]
    return None, ()


def row(act: Act, key: str, kind: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    """A message for the outbox, due now."""
    return {
        "key": key,
        "kind": kind,
        "details": values.pop("details", {}),
        "about": values.pop("about", None),
        "person_id": values.pop("person_id", None),
        "team_chat_id": values.pop("team_chat_id", None),
        "lane": Lane.DECISION,
        "state": OutboxState.PENDING,
        "due_at": act.now,
        "created_at": act.now,
        "attempts": 0,
    }


async def tell_team(act: Act, path: str, initiative_id: int, revision: int) -> None:
    """Show a new or mended submission to the support team: privately, and in its group chats."""
    unit, members = await team_of(act.session, path)
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


async def shown_card(
    act: Act, initiative_id: int, channel: str, chat: str, seen_at: tuple[str, str] | None
) -> None:
    """A card stands in a chat as the answer to somebody who opened it: to be closed there like those that were sent."""
    if seen_at is None or act.actor_id is None:
        return
    ref = seen_at[1]
    await covered(act, seen_at)
    one = row(
        act,
        f"initiative:{initiative_id}:opened:{channel}:{chat}:{ref}",
        CARD,
        details={"initiative": initiative_id},
        about=about(initiative_id),
        person_id=act.actor_id,
    )
    sent = {"state": OutboxState.SENT, "channel": channel, "chat_id": chat, "message_ref": ref}
    await outbox.put(act.session, [{**one, **sent, "sent_at": act.now}])
    await act.session.execute(
        update(Outbox)
        .where(Outbox.key == one["key"])
        .values(state=OutboxState.SENT)
        .execution_options(synchronize_session=False)
    )


async def covered(act: Act, seen_at: tuple[str, str] | None) -> None:
    """A message that showed a card to the actor shows something else now: closing that card must not touch it."""
    if seen_at is not None:
        await act.session.execute(
            update(Outbox)
            .where(
                Outbox.person_id == act.actor_id,
                Outbox.state == OutboxState.SENT,
                Outbox.kind == CARD,
                Outbox.channel == seen_at[0],
                Outbox.message_ref == seen_at[1],
            )
            .values(state=OutboxState.CANCELLED)
            .execution_options(synchronize_session=False)
        )


async def close_cards(
    act: Act, initiative_id: int, event: str, *, besides_ref: tuple[str, str] | None = None
) -> None:
    """A submission is no longer waiting: change its card wherever it stands, and send none that has not left.

    ``besides_ref``: the (channel, message) that shows the outcome already. Where nothing can be changed the outcome is
    said again, once to each of the others.
    """
    await outbox.cancel(act.session, about(initiative_id), [CARD])
    rows = []
    shown = await outbox.shown(act.session, about(initiative_id), [CARD])
    newest = {card.person_id: card.id for card in sorted(shown, key=lambda card: card.id)}
    for card in shown:
        if card.message_ref is None or besides_ref == (card.channel, card.message_ref):
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


async def tell_people(
    act: Act,
    people: Sequence[int],
    kind: str,
    key: str,
    initiative_id: int | None = None,
    **details: Any,  # noqa: ANN401
) -> None:
    """Tell each of these people, except whoever does this."""
    await outbox.put(
        act.session,
        [
            row(
                act,
                f"{key}:person:{person_id}",
                kind,
                details={**details, **({"initiative": initiative_id} if initiative_id else {})},
                about=about(initiative_id) if initiative_id else None,
                person_id=person_id,
            )
            for person_id in sorted(set(people))
            if person_id != act.actor_id
        ],
    )


async def tell_those_above_all(act: Act, kind: str, key: str, **details: Any) -> None:  # noqa: ANN401
    """Tell the officers of the units that have none above them; once for a key."""
    officers = await act.session.scalars(
        select(RoleGrant.person_id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .where(Unit.parent_id.is_(None), RoleGrant.role == Role.OFFICER, RoleGrant.revoked_at.is_(None))
    )
    await tell_people(act, officers.all(), kind, key, **details)
