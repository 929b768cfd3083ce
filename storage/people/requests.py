"""What people ask of whoever holds their data."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from storage.engine import Session
from storage.people.claim_tables import DataRequest, RequestKind, RequestState
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below


async def waiting(session: Session, person_id: int, kind: RequestKind) -> DataRequest | None:
    """A person's request of a kind that waits."""
    return await session.scalar(
        select(DataRequest).where(
            DataRequest.person_id == person_id,
            DataRequest.kind == kind,
            DataRequest.state == RequestState.WAITING,
        )
    )


async def of_person(session: Session, person_id: int, limit: int) -> Sequence[DataRequest]:
    """A person's, the newest first."""
    found = await session.scalars(
        select(DataRequest)
        .where(DataRequest.person_id == person_id)
        .order_by(DataRequest.id.desc())
        .limit(limit)
    )
    return found.all()


async def listed(
    session: Session, paths: Collection[str], *, offset: int, limit: int
) -> Sequence[tuple[DataRequest, str]]:
    """Those that wait in these subtrees, the most urgent first, each with who asks."""
    rows = await session.execute(
        select(DataRequest, Person.name)
        .join(Person, Person.id == DataRequest.person_id)
        .join(Unit, Unit.id == DataRequest.unit_id)
        .where(or_(*(below(path) for path in paths)), DataRequest.state == RequestState.WAITING)
        .order_by(DataRequest.answer_until, DataRequest.id)
        .offset(offset)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def size(session: Session, paths: Collection[str]) -> int:
    """How many wait in these subtrees."""
    statement = (
        select(func.count())
        .select_from(DataRequest)
        .join(Unit, Unit.id == DataRequest.unit_id)
        .where(or_(*(below(path) for path in paths)), DataRequest.state == RequestState.WAITING)
    )
    return await session.scalar(statement) or 0


async def due(session: Session, before: datetime) -> Sequence[DataRequest]:
    """Those that wait and are to be answered before a moment."""
    found = await session.scalars(
        select(DataRequest)
        .where(DataRequest.state == RequestState.WAITING, DataRequest.answer_until < before)
        .order_by(DataRequest.id)
        .limit(200)
    )
    return found.all()
