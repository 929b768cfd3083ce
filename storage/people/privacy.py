"""What the database says of a person: handed over to another, taken along, or taken away."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Table, delete, func, or_, select, update

from storage.base import Base, values_of
from storage.engine import Session
from storage.people.claim_tables import ClaimState, DataRequest, PersonClaim
from storage.people.tables import Account, Consent, Device, Pass, PassKind, Person, RoleGrant
from storage.trail import Event, EventWords

#: What one tells of oneself.
_DETAILS = ("born", "workplace", "title", "qualification", "shift")


def columns() -> Iterable[Column[Any]]:
    """All columns, of whatever table there is, that say which person."""
    person = cast("Table", Person.__table__).c.id
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is person for key in column.foreign_keys):
                yield column


async def accounts(session: Session, person_id: int) -> Sequence[int]:
    """The ids of a person's accounts."""
    return (await session.scalars(select(Account.id).where(Account.person_id == person_id))).all()


# ---------------------------------------------------------------- two become one


async def both(session: Session, one: int, other: int) -> dict[int, Person]:
    """Two people as they are now, by id, locked in an order that avoids deadlocks; missing ones are left out."""
    found = {}
    for person_id in sorted({one, other}):
        person = await session.get(Person, person_id, with_for_update=True, populate_existing=True)
        if person is not None:
            found[person_id] = person
    return found


async def hand_over(session: Session, old: int, new: int, *, but: Collection[str]) -> None:
    """Replace one person by the other in every column, except in those of ``but`` (``table.column``)."""
    for column in columns():
        if f"{column.table.name}.{column.name}" not in but:
            await session.execute(
                update(column.table)
                .where(column == old)
                .values({column.name: new})
                .execution_options(synchronize_session=False)
            )


async def hand_over_roles(session: Session, old: int, new: int, now: datetime) -> None:
    """Give one person's roles to the other; of a role that both hold, one is kept as taken back."""
    rows = (
        await session.scalars(
            select(RoleGrant).where(RoleGrant.person_id.in_([old, new])).order_by(RoleGrant.id)
        )
    ).all()
    held = {(row.unit_id, row.role) for row in rows if row.person_id == new and row.revoked_at is None}
    for row in rows:
        if row.person_id == old:
            if row.revoked_at is None and (row.unit_id, row.role) in held:
                row.revoked_at, row.revoked_by = now, new
            row.person_id = new
    await session.flush()


async def hand_over_claims(session: Session, old: int, new: int) -> None:
    """Make the one's claims the other's; what the one claimed and nobody has answered lapses."""
    await session.execute(
        delete(PersonClaim).where(PersonClaim.person_id == old, PersonClaim.state == ClaimState.WAITING)
    )
    await session.execute(
        update(PersonClaim)
        .where(PersonClaim.person_id == old)
        .values(person_id=new)
        .execution_options(synchronize_session=False)
    )


def carry_over(old: Person, new: Person) -> None:
    """Copy what people tell of themselves from one row to the other, where that is empty."""
    for name in _DETAILS:
        if getattr(new, name) is None:
            setattr(new, name, getattr(old, name))


async def void_codes(session: Session, person_id: int) -> None:
    """Use up all codes that sign somebody in as this person."""
    await session.execute(
        update(Pass)
        .where(Pass.kind == PassKind.DEVICE, Pass.person_id == person_id)
        .values(uses_left=0)
        .execution_options(synchronize_session=False)
    )


async def hand_over_guest(session: Session, guest: Person, person: Person) -> None:
    """Give a guest's accounts and trail to a person, and delete the guest.

    Drafts and open forms of the guest have to be gone already.
    """
    for table in (Consent, Pass):
        await session.execute(delete(table).where(table.person_id == guest.id))
    await session.execute(
        update(PersonClaim).where(PersonClaim.person_id == guest.id).values(person_id=person.id)
    )
    await session.execute(delete(Pass).where(Pass.created_by == guest.id))
    await session.execute(update(Account).where(Account.person_id == guest.id).values(person_id=person.id))
    await session.delete(guest)
    await session.flush()


# ---------------------------------------------------------------- a copy


async def copy(
    session: Session, person_id: int, account_ids: Sequence[int]
) -> dict[str, list[dict[str, Any]]]:
    """A person's accounts, devices, consents, roles and trail; rows by section."""
    # Who they were before two registrations became one did what they did.
    ids = [person_id, *await session.scalars(select(Person.id).where(Person.became == person_id))]
    found: Mapping[str, tuple[type[Base], Any, Sequence[str]]] = {
        "accounts": (Account, Account.person_id == person_id, ("transcript_rev",)),
        "devices": (Device, Device.account_id.in_(account_ids), ("digest", "digest_before")),
        "requests": (DataRequest, DataRequest.person_id == person_id, ()),
        "claims": (PersonClaim, PersonClaim.person_id == person_id, ()),
        "consents": (Consent, Consent.person_id == person_id, ()),
        "roles": (RoleGrant, RoleGrant.person_id == person_id, ()),
        "events": (Event, or_(Event.actor_id.in_(ids), Event.person_id.in_(ids)), ("words_digest",)),
        "event_words": (
            EventWords,
            EventWords.event_id.in_(
                select(Event.id).where(or_(Event.actor_id.in_(ids), Event.person_id.in_(ids)))
            ),
            ("salt",),
        ),
    }
    return {
        section: [values_of(row, but) for row in await session.scalars(select(table).where(condition))]
        for section, (table, condition, but) in found.items()
    }


async def last_copy(session: Session, person_id: int, since: datetime) -> datetime | None:
    """When a person took a copy last, after a moment."""
    return await session.scalar(
        select(func.max(Event.at)).where(
            Event.actor_id == person_id, Event.kind == "copied", Event.at > since
        )
    )


# ---------------------------------------------------------------- going


async def take_words(session: Session, person_id: int) -> tuple[set[str], set[str]]:
    """Take what a person wrote, and what they were called, out of the trail; gives both. The events themselves stay."""
    ids = [person_id, *await session.scalars(select(Person.id).where(Person.became == person_id))]
    said: set[str] = set()
    names: set[str] = set()
    rows = (
        await session.execute(
            select(Event.kind, EventWords)
            .join(EventWords, EventWords.event_id == Event.id)
            .where(or_(Event.actor_id.in_(ids), Event.person_id.in_(ids)))
        )
    ).all()
    for kind, row in rows:
        if row.words.get("words"):
            said.add(row.words["words"])
        if kind == "merged" and row.words.get("name"):
            names.add(row.words["name"])
        if kind == "corrected":
            names |= {str(row.words[each]) for each in ("before", "after") if row.words.get(each)}
        await session.delete(row)
    await session.flush()
    return said, names


async def erase(session: Session, person_id: int, account_ids: Sequence[int], now: datetime) -> None:
    """Delete a person's devices, codes and accounts, and take their roles back.

    The evidence of consent given and withdrawn stays, as the law wants.
    """
    await session.execute(delete(Device).where(Device.account_id.in_(account_ids)))
    await session.execute(delete(Pass).where(Pass.person_id == person_id))
    await session.execute(delete(PersonClaim).where(PersonClaim.person_id == person_id))
    await session.execute(delete(DataRequest).where(DataRequest.person_id == person_id))
    await session.execute(
        update(RoleGrant)
        .where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=person_id)
    )
    await session.execute(delete(Account).where(Account.person_id == person_id))


async def forget(session: Session, person: Person, account_ids: Sequence[int]) -> None:
    """Delete a guest, also from the trail. What conversations hold of them has to be gone already."""
    await session.execute(delete(Device).where(Device.account_id.in_(account_ids)))
    told = select(Event.id).where(or_(Event.actor_id == person.id, Event.person_id == person.id))
    await session.execute(delete(EventWords).where(EventWords.event_id.in_(told)))
    for table in (Consent, Pass, Account, PersonClaim):
        await session.execute(delete(table).where(table.person_id == person.id))
    await session.delete(person)
    await session.flush()


def blank(person: Person, name: str, now: datetime) -> None:
    """Empty a person's row of all that says who they were; ``name`` replaces theirs."""
    person.name, person.name_folded = name, ""
    person.staff_code = person.born = person.workplace = person.title = person.qualification = None
    person.shift = person.kept_on = None
    person.kept_files = person.kept_bytes = 0
    person.restricted_since = None
    person.unit_id = person.member_since = person.registered_at = person.named_since = (
        person.notify_channel
    ) = None
    person.erased_at = now


async def namesakes(session: Session, person: Person) -> bool:
    """Whether anybody else is known under a person's name, with or without its marks.

    An author of another unit whom nobody is counts as somebody else.
    """
    others = select(Person.id).where(
        Person.name_folded == person.name_folded, Person.id != person.id, Person.erased_at.is_(None)
    )
    author, initiative = Base.metadata.tables["author"].c, Base.metadata.tables["initiative"].c
    nobody = (
        select(author.id)
        .join(Base.metadata.tables["initiative"], initiative.id == author.initiative_id)
        .where(
            author.name_folded == person.name_folded,
            author.person_id.is_(None),
            initiative.unit_id != person.unit_id,
        )
    )
    return (
        await session.scalar(others.limit(1)) is not None or await session.scalar(nobody.limit(1)) is not None
    )


async def wrong_numbers(session: Session, person_id: int) -> int:
    """How many wrong staff numbers a person has given."""
    rows = await session.scalars(
        select(Event.id).where(Event.person_id == person_id, Event.kind == "place_not_taken")
    )
    return len(rows.all())
