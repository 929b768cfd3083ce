"""Erasing one's own data: what names a person goes, wherever it stands; shares and counts stay."""

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update

from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import initiatives
from bot.services.people.erased import ERASED_NAME, NOBODY, scrub
from bot.services.refusal import Forbidden
from storage.conversation.tables import Conversation, Draft, Offer, TranscriptLine
from storage.delivery.tables import Handout, Outbox, OutboxState
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.people.tables import Account, Device, Pass, Person, RoleGrant
from storage.trail import Event


async def erase(act: Act) -> None:
    """Erase the actor's personal data, now. The initiatives' numbers stay, without the person.

    An initiative that still waits, and has no other author, is withdrawn with them. Source: Law 91/2025/QH15.
    """
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    waiting = await act.session.scalars(
        select(Initiative.id)
        .join(Author, Author.initiative_id == Initiative.id)
        .where(
            Author.person_id == person.id,
            Initiative.state.in_([InitiativeState.SUBMITTED, InitiativeState.RETURNED]),
            select(func.count())
            .where(Author.initiative_id == Initiative.id)
            .correlate(Initiative)
            .scalar_subquery()
            == 1,
        )
    )
    for initiative_id in waiting.all():
        await initiatives.withdraw(act, initiative_id)
    session = act.session
    concerned = (
        await session.scalars(
            select(Initiative.id)
            .outerjoin(Author, Author.initiative_id == Initiative.id)
            .where(or_(Author.person_id == person.id, Initiative.entered_by == person.id))
            .distinct()
        )
    ).all()
    await session.execute(
        update(Author).where(Author.person_id == person.id).values(person_id=None, **NOBODY)
    )
    await _erase_elsewhere(act, person, concerned)
    accounts = (await session.scalars(select(Account.id).where(Account.person_id == person.id))).all()
    for table in (Device, Handout, Offer, TranscriptLine):
        await session.execute(delete(table).where(table.account_id.in_(accounts)))
    await session.execute(delete(Draft).where(Draft.person_id == person.id))
    await session.execute(delete(Conversation).where(Conversation.person_id == person.id))
    await session.execute(
        update(Outbox)
        .where(Outbox.person_id == person.id, Outbox.state == OutboxState.PENDING)
        .values(state=OutboxState.CANCELLED)
    )
    await session.execute(
        update(Outbox).where(Outbox.person_id == person.id).values(chat_id=None, message_ref=None)
    )
    await session.execute(delete(Pass).where(Pass.person_id == person.id))
    await session.execute(
        update(RoleGrant)
        .where(RoleGrant.person_id == person.id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=act.now, revoked_by=person.id)
    )
    await session.execute(delete(Account).where(Account.person_id == person.id))
    person.name, person.name_folded = ERASED_NAME, ""
    person.staff_code = person.born = person.workplace = person.title = person.qualification = None
    person.unit_id, person.registered_at, person.erased_at, person.named_since = None, None, act.now, None
    person.notify_channel = None
    # The evidence that consent was given and withdrawn stays, as the law wants; it names nobody now.
    act.record("erased", person_id=person.id)
    await session.flush()


async def _erase_elsewhere(act: Act, person: Person, concerned: Sequence[int]) -> None:
    """What others still see or keep of somebody who goes: their own words, and their name on cards and in drafts."""
    session = act.session
    said: set[str] = set()
    names = {person.name}
    for event in await session.scalars(select(Event).where(Event.actor_id == person.id)):
        if event.details.get("words"):
            said.add(event.details["words"])
            event.details = {**event.details, "words": ""}
        if event.kind == "merged":
            names.add(event.details["name"])
            event.details = {**event.details, "name": ""}
    about = [telling.about(number) for number in concerned]
    for row in await session.scalars(
        select(Outbox).where(or_(Outbox.about.in_(about), Outbox.person_id == person.id))
    ):
        if row.details.get("words") in said or row.person_id == person.id:
            row.details = {**row.details, "words": ""}
    for name in sorted(names):
        await scrub(session, name, said, concerned, besides=person.id)
    await session.flush()
