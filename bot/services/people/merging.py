"""Two registrations of one human become one: all that belongs to the one moves to the other.

Somebody registered at the workshop's shared phone, and later on their own. The one whose code was typed stays, with
its name and unit; of the one that typed it only an empty row is left, on which what is on its way can still end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Delete, Table, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.people import passes, people
from bot.services.people.erased import ERASED_NAME
from bot.services.people.passes import Opened
from bot.services.refusal import Forbidden, Refusal
from storage.base import Base
from storage.conversation.tables import Conversation, Draft
from storage.delivery.tables import Outbox, OutboxState
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState, Reminded
from storage.people.tables import Pass, PassKind, Person, Role, RoleGrant
from storage.units.tables import Unit

#: Columns of which one person may not have two alike, so that their rows are moved one by one, or dropped: table, column.
APART = frozenset(
    {
        (Author.__tablename__, "person_id"),
        (Conversation.__tablename__, "person_id"),
        (Delivery.__tablename__, "person_id"),
        (Draft.__tablename__, "person_id"),
        (Reminded.__tablename__, "person_id"),
        (RoleGrant.__tablename__, "person_id"),
    }
)
#: Why a message of a mailing was held back: the human it is for gets, or got, the other one.
_MERGED = "merged"
#: What one told of oneself once need not be asked again.
_PROFILE = ("born", "workplace", "title", "qualification", "shift")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two registrations, as its bearer knows it again."""

    name: str
    unit: str
    initiatives: int


def columns() -> Iterable[Column[Any]]:
    """All columns, of whatever table there is, that say which person."""
    person = cast("Table", Person.__table__).c.id
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is person for key in column.foreign_keys):
                yield column


async def sides(act: Act, opened: Opened) -> tuple[Side, Side]:
    """The actor, and whose code it is. Raises :class:`Refusal` where the two may not become one."""
    actor, person = await _both(act, opened)
    return await _side(act.session, actor), await _side(act.session, person)


async def both_began(act: Act, opened: Opened) -> bool:
    """Whether each has begun the same, of which only that of the code's person stays."""
    return bool(
        await _begun(act.session, act.actor_id or 0) & await _begun(act.session, opened.person_id or 0)
    )


async def _begun(session: AsyncSession, person_id: int) -> set[str]:
    drafts = set(await session.scalars(select(Draft.form_name).where(Draft.person_id == person_id)))
    form = await session.scalar(select(Conversation.form).where(Conversation.person_id == person_id))
    return drafts | ({form["form"]} if form else set())


async def _side(session: AsyncSession, person: Person) -> Side:
    unit = await session.get(Unit, person.unit_id) if person.unit_id else None
    number = await session.scalar(
        select(func.count(func.distinct(Author.initiative_id))).where(Author.person_id == person.id)
    )
    return Side(person.name, unit.name if unit else "", number or 0)


async def _both(act: Act, opened: Opened) -> tuple[Person, Person]:
    """The actor, and whose code it is.

    It must be a code that its own person asked for: one made by a support team for a member would let whoever types it
    swallow that member.
    """
    if (
        opened.kind is not PassKind.DEVICE
        or opened.person_id is None
        or opened.created_by != opened.person_id
    ):
        raise Refusal("passes.other_person")
    # In order, so that two who merge with each other at once do not wait for each other for ever.
    found = {}
    for person_id in sorted({act.actor_id or 0, opened.person_id}):
        found[person_id] = await act.session.get(
            Person, person_id, with_for_update=True, populate_existing=True
        )
    actor, person = found.get(act.actor_id or 0), found[opened.person_id]
    if actor is None or person is None or actor is person:
        raise Forbidden
    if actor.registered_at is None or person.registered_at is None:
        raise Forbidden
    mine, theirs = await _held(act.session, actor.id), await _held(act.session, person.id)
    if mine - theirs:
        # Whoever is talked into typing a stranger's code must not hand a role over with it.
        raise Refusal("passes.merge_roles_differ" if theirs - mine else "passes.merge_other_way")
    return actor, person


async def _held(session: AsyncSession, person_id: int) -> set[tuple[int, Role]]:
    rows = await session.execute(
        select(RoleGrant.unit_id, RoleGrant.role).where(
            RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None)
        )
    )
    return {(unit_id, role) for unit_id, role in rows}


async def merge(act: Act, opened: Opened, open_draft: str = "") -> Person:
    """Move all that is the actor's to whose code it is, and use the code up; gives the person that both are now.

    ``open_draft``: under which name the form that is open before that person would be kept, if it is of those that are.
    Where both have a thing of which there can be but one, the code's person keeps theirs. No count of initiatives
    changes, since they stay in the units in which they were filed.
    """
    old, person = await _both(act, opened)
    await passes.use(act, opened)
    name, unit_id, number = old.name, old.unit_id, (await _side(act.session, old)).initiatives
    await _mailings(act, old.id, person.id)
    judged = await _authorships(act, old.id, person)
    await _roles(act, old.id, person.id)
    await _drafts(act.session, old.id, person.id, {open_draft} - {""})
    await _messages(act.session, old.id, person.id)
    session = act.session
    # What the codes of before would open is this person now, and who has the newest is enough.
    await _execute(
        session,
        update(Pass).where(Pass.kind == PassKind.DEVICE, Pass.person_id == old.id).values(uses_left=0),
    )
    for column in columns():
        if (column.table.name, column.name) not in APART:
            statement = update(column.table).where(column == old.id)
            await _execute(session, statement.values({column.name: person.id}))
    _carry_over(old, person, act.now)
    await session.flush()
    await people.wake(act, person.id)
    Act(session, act.now, person.id).record(
        "merged",
        person_id=person.id,
        unit_id=person.unit_id,
        was=old.id,
        # Others may still see it; whoever is erased later takes it along.
        name=name,
        was_in=unit_id,
        initiatives=number,
        judged=judged,
    )
    await session.flush()
    # What was read before says otherwise.
    session.expire_all()
    await session.refresh(person)
    return person


def _carry_over(old: Person, person: Person, now: datetime) -> None:
    """What only the one told of themselves; then nothing is left of it."""
    for name in _PROFILE:
        if getattr(person, name) is None:
            setattr(person, name, getattr(old, name))
    if person.staff_code is None and person.unit_id == old.unit_id:
        person.staff_code = old.staff_code
    # Who said once that they want no reminders has said so.
    person.reminders_off_at = person.reminders_off_at or old.reminders_off_at
    old.name, old.name_folded = ERASED_NAME, ""
    old.staff_code = old.born = old.workplace = old.title = old.qualification = old.shift = None
    old.unit_id = old.registered_at = old.named_since = old.notify_channel = None
    old.erased_at = now


async def _authorships(act: Act, old: int, person: Person) -> list[int]:
    """Whoever was two authors of an initiative is one, with both shares.

    Gives the initiatives of one of the two that the other has decided on: nobody may have noticed.
    """
    session = act.session
    other = aliased(Author)
    judged = await session.scalars(
        select(Initiative.id)
        .join(other, other.initiative_id == Initiative.id)
        .where(
            other.person_id.in_([old, person.id]),
            Initiative.decided_by.in_([old, person.id]),
            Initiative.decided_by != other.person_id,
            Initiative.state == InitiativeState.APPROVED,
        )
        .distinct()
        .order_by(Initiative.id)
    )
    twice = (
        select(Author.initiative_id)
        .where(Author.person_id.in_([old, person.id]))
        .group_by(Author.initiative_id)
        .having(func.count() > 1)
    )
    rows = await session.scalars(
        select(Author)
        .where(Author.person_id.in_([old, person.id]), Author.initiative_id.in_(twice))
        .order_by(Author.initiative_id, Author.position)
    )
    first: dict[int, Author] = {}
    for row in rows.all():
        kept = first.setdefault(row.initiative_id, row)
        if kept is not row:
            kept.share += row.share
            for name in ("born", "workplace", "title", "qualification"):
                setattr(kept, name, getattr(kept, name) or getattr(row, name))
            await session.delete(row)
    await session.flush()
    await _execute(
        session,
        update(Author)
        .where(Author.person_id.in_([old, person.id]))
        .values(person_id=person.id, name=person.name, name_folded=person.name_folded),
    )
    # Nobody holds what is their own to judge.
    await _execute(
        session,
        update(Initiative)
        .where(
            Initiative.claimed_by.in_([old, person.id]),
            Initiative.id.in_(select(Author.initiative_id).where(Author.person_id == person.id)),
        )
        .values(claimed_by=None, claimed_until=None),
    )
    return list(judged)


async def _roles(act: Act, old: int, new: int) -> None:
    """A role that both hold is held once; the other is kept as one that was taken back."""
    rows = (
        await act.session.scalars(
            select(RoleGrant).where(RoleGrant.person_id.in_([old, new])).order_by(RoleGrant.id)
        )
    ).all()
    held = {(row.unit_id, row.role) for row in rows if row.person_id == new and row.revoked_at is None}
    for row in rows:
        if row.person_id == old:
            if row.revoked_at is None and (row.unit_id, row.role) in held:
                row.revoked_at, row.revoked_by = act.now, new
            row.person_id = new
    await act.session.flush()


async def _drafts(session: AsyncSession, old: int, new: int, besides: Collection[str]) -> None:
    """What was begun goes along, unless the other has begun the same."""
    theirs = set(await session.scalars(select(Draft.form_name).where(Draft.person_id == new))) | set(besides)
    await _execute(session, delete(Draft).where(Draft.person_id == old, Draft.form_name.in_(theirs)))
    for draft in (await session.scalars(select(Draft).where(Draft.person_id == old))).all():
        about = draft.form.get("about", {})
        if about.get("main", {}).get("id") == old:
            draft.form = {**draft.form, "about": {**about, "main": {**about["main"], "id": new}}}
        draft.person_id = new
    await session.flush()
    await _execute(session, delete(Conversation).where(Conversation.person_id == old))


async def _messages(session: AsyncSession, old: int, new: int) -> None:
    """What one is told is told once: a message that the other has too is not sent a second time."""
    end, new_end = f":person:{old}", f":person:{new}"
    rows = await session.execute(
        select(Outbox.id, Outbox.key, Outbox.state).where(
            Outbox.person_id == old, Outbox.key.endswith(end, autoescape=True)
        )
    )
    theirs = set(await session.scalars(select(Outbox.key).where(Outbox.person_id == new)))
    for row_id, key, state in rows.all():
        new_key = key.removesuffix(end) + new_end
        if new_key not in theirs:
            values: dict[str, object] = {"key": new_key}
        elif state is OutboxState.PENDING:
            values = {"state": OutboxState.CANCELLED}
        else:
            continue
        await _execute(session, update(Outbox).where(Outbox.id == row_id).values(values))
    # Who turned out to be an author is named by who they are.
    found = await session.scalars(
        select(Outbox).where(Outbox.kind == told.AUTHOR_FOUND, Outbox.details["person"].as_integer() == old)
    )
    for message in found.all():
        message.details = {**message.details, "person": new}
    await session.flush()


async def _mailings(act: Act, old: int, new: int) -> None:
    """Of a mailing that goes to both one message is left; what is on its way just now ends where it began."""
    session = act.session
    ids = select(Delivery.mailing_id).where(Delivery.person_id == old)
    mailings = {
        one.id: one
        for one in await session.scalars(
            select(Mailing)
            .where(Mailing.id.in_(ids))
            .order_by(Mailing.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    theirs = set(await session.scalars(select(Delivery.mailing_id).where(Delivery.person_id == new)))
    # Where rows are still being made, the other's may be made yet.
    movable = [
        one.id
        for one in mailings.values()
        if one.id not in theirs and (one.state is not MailingState.MAKING or one.made_to >= new)
    ]
    of_old = Delivery.person_id == old
    waits = Delivery.state == DeliveryState.PENDING
    # Who waits for no moment is found by a walk that may be past the other's place already.
    await _execute(
        session,
        update(Delivery)
        .where(of_old, Delivery.mailing_id.in_(movable), waits, Delivery.not_before.is_(None))
        .values(not_before=act.now),
    )
    await _execute(
        session,
        update(Delivery)
        .where(of_old, Delivery.mailing_id.in_(movable), Delivery.state != DeliveryState.SENDING)
        .values(person_id=new),
    )
    held_back = await session.scalars(
        update(Delivery)
        .where(of_old, waits)
        .values(state=DeliveryState.SKIPPED, error=_MERGED)
        .returning(Delivery.mailing_id)
        .execution_options(synchronize_session=False)
    )
    for mailing_id in sorted(held_back):
        mailings[mailing_id].skipped += 1
    days = select(Reminded.day).where(Reminded.person_id == new)
    await _execute(session, delete(Reminded).where(Reminded.person_id == old, Reminded.day.in_(days)))
    await _execute(session, update(Reminded).where(Reminded.person_id == old).values(person_id=new))
    await session.flush()


async def _execute(session: AsyncSession, statement: Update | Delete) -> None:
    await session.execute(statement.execution_options(synchronize_session=False))
