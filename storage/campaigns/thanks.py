"""The authors of initiatives that were sent while a campaign ran."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Subquery, func, select

from storage.engine import Session
from storage.initiatives.tables import Author, Initiative, InitiativeState
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below


async def authors(
    session: Session, path: str, phase_id: int, first: datetime, after: datetime, *, most: int
) -> tuple[Sequence[str], int]:
    """The authors of initiatives of a subtree and a phase that were sent from ``first`` until before ``after``.

    Gives the names of at most ``most`` authors who agreed to be named, those with the most initiatives first; and the
    number of all authors.
    """
    gave = _gave(path, phase_id, first, after)
    total = int(await session.scalar(select(func.count()).select_from(gave)) or 0)
    names = await session.scalars(
        select(Person.name)
        .join(gave, gave.c.person_id == Person.id)
        .where(
            Person.named_since.is_not(None),
            Person.registered_at.is_not(None),
            Person.restricted_since.is_(None),
        )
        .group_by(Person.id, Person.name)
        .order_by(func.sum(gave.c.number).desc(), Person.name, Person.id)
        .limit(most)
    )
    return names.all(), total


def _gave(path: str, phase_id: int, first: datetime, after: datetime) -> Subquery:
    return (
        select(Author.person_id, Author.name, func.count().label("number"))
        .join(Initiative, Initiative.id == Author.initiative_id)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(
            below(path),
            Initiative.phase_id == phase_id,
            Initiative.submitted_at >= first,
            Initiative.submitted_at < after,
            Initiative.state.not_in([InitiativeState.WITHDRAWN, InitiativeState.REJECTED]),
        )
        # Authors who never registered have no id of their own; two with the same name count as one.
        .group_by(Author.person_id, Author.name)
        .subquery()
    )
