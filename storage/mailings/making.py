"""Planning and beginning mailings: which are due, and making their rows, one for each person.

Rows are made in pieces, in the order of people, so that the database answers others meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, func, literal, select
from sqlalchemy import insert as insert_rows

from storage.dialect import analyze, changed, insert
from storage.engine import Session
from storage.mailings.audience import Audience, may_be_meant, people
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Person

_DELIVERY = cast("Table", Delivery.__table__)
#: How many ids are looked through for one person of a piece.
_STRETCH = 16
#: From this many rows on, the table's statistics are made anew.
_MANY = 10_000


async def plan(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add mailings; one whose key is there already stays as it is."""
    if rows:
        await session.execute(
            insert(session, Mailing).on_conflict_do_nothing(index_elements=[Mailing.key]), list(rows)
        )


async def due(session: Session, now: datetime, limit: int = 20) -> Sequence[Mailing]:
    """Mailings whose moment has come, and those whose rows are still being made; locked for this transaction."""
    statement = (
        select(Mailing)
        .where(
            Mailing.state.in_([MailingState.PLANNED, MailingState.MAKING]),
            Mailing.due_at <= now,
            Mailing.paused_at.is_(None),
        )
        .order_by(Mailing.due_at, Mailing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def make_rows(session: Session, mailing: Mailing, path: str, piece: int) -> bool:
    """Make the next rows of a mailing, for at most ``piece`` people of its audience. True while there are more to make.

    ``path`` is that of the audience's unit. A stretch of people is chosen first, and the audience's conditions are
    checked within it only: a piece takes the same time wherever it is, and however few of the people are meant.
    """
    audience = Audience.from_json(mailing.audience)
    last = await session.scalar(select(func.max(Person.id))) or 0
    upto = min(mailing.made_to + piece * _STRETCH, last)
    stretch = and_(Person.id > mailing.made_to, Person.id <= upto)
    within = (
        select(Person.id)
        .where(stretch, may_be_meant(audience, path))
        .order_by(Person.id)
        .limit(piece)
        .subquery()
    )
    number, highest = (await session.execute(select(func.count(), func.max(within.c.id)))).one()
    if number == piece:
        upto = highest
    if number:
        some = people(audience, path).where(Person.id > mailing.made_to, Person.id <= upto).subquery()
        made = await session.execute(
            insert_rows(_DELIVERY).from_select(
                ["mailing_id", "person_id", "state"],
                select(literal(mailing.id), some.c.id, literal(DeliveryState.PENDING.value)),
            )
        )
        mailing.total += changed(made)
    # Nobody is there twice: how far the rows are made is committed with them.
    mailing.made_to = upto
    return upto < last


async def all_made(session: Session, mailing: Mailing) -> None:
    """All rows of a mailing are there. When they are many, the planner has to know before the next statements."""
    if mailing.total >= _MANY:
        await analyze(session, Delivery)
