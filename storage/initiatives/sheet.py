"""All initiatives of a subtree, a page at a time."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.cards import Card
from storage.initiatives.tables import Author, Initiative
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below


async def count_below(session: AsyncSession, path: str) -> int:
    """How many there are in a unit and all below it."""
    number = await session.scalar(
        select(func.count())
        .select_from(Initiative)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(below(path))
    )
    return int(number or 0)


async def cards_below(session: AsyncSession, path: str, *, after: int, limit: int) -> Sequence[Card]:
    """Those of a unit and all below it whose id comes after ``after``, in that order; without their attachments."""
    page = (
        await session.execute(
            select(Initiative, Unit, Person.name)
            .join(Unit, Unit.id == Initiative.unit_id)
            .join(Person, Person.id == Initiative.entered_by)
            .where(below(path), Initiative.id > after)
            .order_by(Initiative.id)
            .limit(limit)
        )
    ).all()
    authors: dict[int, list[Author]] = {}
    for author in await session.scalars(
        select(Author)
        .where(Author.initiative_id.in_([one.id for one, _, _ in page]))
        .order_by(Author.initiative_id, Author.position)
    ):
        authors.setdefault(author.initiative_id, []).append(author)
    return [Card(one, unit, authors.get(one.id, []), (), entered_by, "") for one, unit, entered_by in page]
