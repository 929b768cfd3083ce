"""Authors whom a colleague wrote down by name, and the people who bear that name."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from storage.delivery.tables import Outbox
from storage.engine import Session
from storage.initiatives.tables import Author, Initiative
from storage.people.tables import Person


async def names_of_nobody(session: Session, initiative_id: int) -> set[str]:
    """The folded names of an initiative's authors of whom it is not known who they are."""
    found = await session.scalars(
        select(Author.name_folded).where(
            Author.initiative_id == initiative_id, Author.person_id.is_(None), Author.name_folded != ""
        )
    )
    return set(found)


async def bearers(
    session: Session, unit_id: int, names: Collection[str], initiative_id: int
) -> dict[str, list[int]]:
    """The registered people of a unit by their folded name, for each of these names; but none of its known authors."""
    known = select(Author.person_id).where(
        Author.initiative_id == initiative_id, Author.person_id.is_not(None)
    )
    rows = await session.execute(
        select(Person.id, Person.name_folded).where(
            Person.unit_id == unit_id,
            Person.name_folded.in_(names),
            Person.registered_at.is_not(None),
            Person.id.not_in(known),
        )
    )
    found: dict[str, list[int]] = {}
    for person_id, name in rows:
        found.setdefault(name, []).append(person_id)
    return found


async def perhaps_by(session: Session, person: Person, limit: int) -> Sequence[int]:
    """The newest initiatives of a person's unit with an author of their name of whom it is not known who they are."""
    found = await session.scalars(
        select(Initiative.id)
        .join(Author, Author.initiative_id == Initiative.id)
        .where(
            Initiative.unit_id == person.unit_id,
            Author.person_id.is_(None),
            Author.name_folded == person.name_folded,
        )
        .order_by(Initiative.id.desc())
        .limit(limit)
    )
    return found.all()


async def authors(session: Session, initiative_id: int) -> Sequence[Author]:
    """The authors of an initiative."""
    return (await session.scalars(select(Author).where(Author.initiative_id == initiative_id))).all()


async def was_asked(session: Session, person_id: int | None, about: str, kind: str) -> bool:
    """Whether somebody was told something of a kind about an initiative (by its mark)."""
    found = await session.scalar(
        select(Outbox.id).where(Outbox.about == about, Outbox.kind == kind, Outbox.person_id == person_id)
    )
    return found is not None
