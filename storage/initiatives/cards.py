"""Finding initiatives: a card, one's own, similar ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, bindparam, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.delivery.tables import Outbox, OutboxState
from storage.initiatives.tables import Attachment, Author, Initiative, InitiativeState
from storage.people.tables import Person
from storage.trail import Event, EventWords
from storage.units.tables import Unit

#: How many earlier initiatives of a unit a new one is compared with: the newest ones.
COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class Card:
    """An initiative with all that belongs to it."""

    initiative: Initiative
    unit: Unit
    authors: Sequence[Author]
    attachments: Sequence[Attachment]
    entered_by_name: str
    claimed_by_name: str


async def card(session: AsyncSession, initiative_id: int) -> Card | None:
    """An initiative with everything, or None."""
    claimer = Person.__table__.alias("claimer")
    row = (
        await session.execute(
            select(Initiative, Unit, Person.name, claimer.c.name)
            .join(Unit, Unit.id == Initiative.unit_id)
            .join(Person, Person.id == Initiative.entered_by)
            .join(claimer, claimer.c.id == Initiative.claimed_by, isouter=True)
            .where(Initiative.id == initiative_id)
        )
    ).one_or_none()
    if row is None:
        return None
    authors = (
        await session.scalars(
            select(Author).where(Author.initiative_id == initiative_id).order_by(Author.position)
        )
    ).all()
    attachments = (
        await session.scalars(
            select(Attachment).where(Attachment.initiative_id == initiative_id).order_by(Attachment.position)
        )
    ).all()
    return Card(row[0], row[1], authors, attachments, row[2], row[3] or "")


@dataclass(frozen=True, slots=True)
class Line:
    """An initiative in a list."""

    id: int
    code: str
    name: str
    state: InitiativeState
    due_at: datetime
    submitted_at: datetime
    claimed_by: int | None
    claimed_until: datetime | None
    unit_name: str


def lines() -> Any:  # noqa: ANN401 - a select
    """The statement that selects lines, without a condition: its rows are the arguments of :class:`Line`."""
    return select(
        Initiative.id,
        Initiative.code,
        Initiative.name,
        Initiative.state,
        Initiative.due_at,
        Initiative.submitted_at,
        Initiative.claimed_by,
        Initiative.claimed_until,
        Unit.name,
    ).join(Unit, Unit.id == Initiative.unit_id)


_OF_PERSON = (
    lines()
    .where(
        Initiative.id.in_(
            select(Author.initiative_id)
            .where(Author.person_id == bindparam("person"))
            .union(select(Initiative.id).where(Initiative.entered_by == bindparam("person")))
        )
    )
    .order_by(Initiative.submitted_at.desc(), Initiative.id.desc())
    .offset(bindparam("first"))
    .limit(bindparam("most"))
)


async def of_person(session: AsyncSession, person_id: int, *, offset: int, limit: int) -> Sequence[Line]:
    """What a person wrote or entered, the newest first."""
    rows = await session.execute(_OF_PERSON, {"person": person_id, "first": offset, "most": limit})
    return [Line(*row) for row in rows]


_NAMES_IN_UNIT = (
    select(Initiative.id, Initiative.name_folded)
    .where(
        Initiative.unit_id == bindparam("unit"),
        Initiative.state.not_in([InitiativeState.WITHDRAWN, InitiativeState.REJECTED]),
    )
    .order_by(Initiative.id.desc())
    .limit(COMPARED)
)


async def names_in_unit(
    session: AsyncSession, unit_id: int, *, besides: int | None
) -> Sequence[tuple[int, str]]:
    """The folded names of a unit's initiatives that still stand, with their ids, the newest first."""
    rows = await session.execute(_NAMES_IN_UNIT, {"unit": unit_id})
    return [(number, name) for number, name in rows if number != besides]


async def of_code(session: AsyncSession, code: str) -> Initiative | None:
    """The initiative of a code, as it is stored."""
    return await session.scalar(select(Initiative).where(Initiative.code == code))


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> Sequence[Initiative]:
    """Initiatives by id, in no order."""
    return (await session.scalars(select(Initiative).where(Initiative.id.in_(list(ids))))).all()


async def history(
    session: AsyncSession, initiative_id: int, *, kinds: Sequence[str]
) -> Sequence[tuple[Event, str, str]]:
    """What happened to an initiative, of these kinds, oldest first, each with the name of who did it, and the words."""
    later = aliased(Person)
    rows = await session.execute(
        select(Event, func.coalesce(later.name, Person.name, ""), EventWords.words)
        .join(Person, Person.id == Event.actor_id, isouter=True)
        .join(later, later.id == Person.became, isouter=True)
        .join(EventWords, EventWords.event_id == Event.id, isouter=True)
        .where(Event.initiative_id == initiative_id, Event.kind.in_(list(kinds)))
        .order_by(Event.id)
    )
    return [(event, name, str((words or {}).get("words", ""))) for event, name, words in rows]


async def shown_to(session: AsyncSession, person_id: int, kind: str) -> Sequence[tuple[Outbox, str]]:
    """Messages of a kind in somebody's chats about initiatives that still wait, each with the path of their unit."""
    waiting = and_(
        Outbox.about == literal("initiative:") + cast(Initiative.id, String),
        Initiative.state == InitiativeState.SUBMITTED,
    )
    rows = await session.execute(
        select(Outbox, Unit.path)
        .join(Initiative, waiting)
        .join(Unit, Unit.id == Initiative.unit_id)
        .where(
            Outbox.person_id == person_id,
            Outbox.kind == kind,
            Outbox.state == OutboxState.SENT,
            Outbox.message_ref.is_not(None),
        )
    )
    return [(row[0], row[1]) for row in rows]
