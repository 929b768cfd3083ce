"""What people say that they are, and wrong numbers that they gave for it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update

from storage.dialect import changed, insert
from storage.engine import Session
from storage.people.claim_tables import ClaimState, PersonClaim, WrongStaffNumber
from storage.people.tables import Person
from storage.units.tables import Unit
from storage.units.tree import below


async def make(
    session: Session,
    kind: str,
    *,
    person_id: int,
    unit_id: int,
    subject: int,
    now: datetime,
    details: dict[str, object],
) -> PersonClaim | None:
    """A new claim; None where the same one waits already."""
    values = {
        "kind": kind,
        "person_id": person_id,
        "unit_id": unit_id,
        "subject": subject,
        "state": ClaimState.WAITING,
        "details": details,
        "made_at": now,
    }
    statement = insert(session, PersonClaim).on_conflict_do_nothing().returning(PersonClaim.id)
    number = (await session.execute(statement, [values])).scalar_one_or_none()
    return await session.get(PersonClaim, number) if number is not None else None


async def move_on(
    session: Session, claim: PersonClaim, before: ClaimState, after: ClaimState, by: int | None, now: datetime
) -> bool:
    """Answer a claim. False when somebody else has just done so."""
    moved = changed(
        await session.execute(
            update(PersonClaim)
            .where(PersonClaim.id == claim.id, PersonClaim.state == before)
            .values(state=after, decided_by=by, decided_at=now)
            .execution_options(synchronize_session=False)
        )
    )
    await session.refresh(claim)
    return bool(moved)


async def waiting_of(session: Session, person_id: int, kind: str) -> Sequence[PersonClaim]:
    """A person's claims of a kind that wait."""
    found = await session.scalars(
        select(PersonClaim).where(
            PersonClaim.person_id == person_id,
            PersonClaim.kind == kind,
            PersonClaim.state == ClaimState.WAITING,
        )
    )
    return found.all()


async def listed(
    session: Session,
    paths: Collection[str],
    states: Collection[ClaimState],
    *,
    besides: int | None,
    offset: int,
    limit: int,
    kind: str = "",
    up_to: int | None = None,
) -> Sequence[tuple[PersonClaim, Person]]:
    """Claims in these subtrees with who made them, the newest first; ``besides``: the person whose own are left out."""
    statement = (
        select(PersonClaim, Person)
        .join(Person, Person.id == PersonClaim.person_id)
        .join(Unit, Unit.id == PersonClaim.unit_id)
        .where(
            or_(*(below(path) for path in paths)),
            PersonClaim.state.in_(list(states)),
            PersonClaim.person_id != besides,
        )
        .order_by(PersonClaim.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if kind:
        statement = statement.where(PersonClaim.kind == kind)
    if up_to is not None:
        statement = statement.where(PersonClaim.id <= up_to)
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def count_waiting(session: Session, paths: Collection[str], *, besides: int | None) -> int:
    """How many wait in these subtrees."""
    return (
        await session.scalar(
            select(func.count())
            .select_from(PersonClaim)
            .join(Unit, Unit.id == PersonClaim.unit_id)
            .where(
                or_(*(below(path) for path in paths)),
                PersonClaim.state == ClaimState.WAITING,
                PersonClaim.person_id != besides,
            )
        )
        or 0
    )


# ---------------------------------------------------------------- wrong numbers


async def note_wrong(session: Session, unit_id: int, name_folded: str, origin: str, now: datetime) -> None:
    """A number that was not the place's."""
    session.add(WrongStaffNumber(unit_id=unit_id, name_folded=name_folded, origin=origin, at=now))
    await session.flush()


async def wrong_at_place(session: Session, unit_id: int, name_folded: str, since: datetime) -> int:
    """How many wrong numbers were given for the places of a name on a unit's list."""
    statement = select(func.count()).where(
        WrongStaffNumber.unit_id == unit_id,
        WrongStaffNumber.name_folded == name_folded,
        WrongStaffNumber.at > since,
    )
    return await session.scalar(statement) or 0


async def wrong_from(session: Session, origin: str, since: datetime) -> int:
    """How many came from one origin."""
    statement = select(func.count()).where(WrongStaffNumber.origin == origin, WrongStaffNumber.at > since)
    return await session.scalar(statement) or 0
