"""What mailings hold of a person: handed over to another, or taken along."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from storage.base import values_of
from storage.engine import Session
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState, Reminded

#: Why a delivery was skipped: after the merge, its person gets the other one.
MERGED = "merged"


async def hand_over(session: Session, old: int, new: int, now: datetime) -> None:
    """Give one person's deliveries to the other, one a mailing; those that are being sent just now stay."""
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
    movable = await _movable(session, list(mailings.values()), new)
    of_old = Delivery.person_id == old
    waits = Delivery.state == DeliveryState.PENDING
    # The mailer finds deliveries without a moment by walking through people, and may have passed the other one.
    await session.execute(
        update(Delivery)
        .where(of_old, Delivery.mailing_id.in_(movable), waits, Delivery.not_before.is_(None))
        .values(not_before=now)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Delivery)
        .where(of_old, Delivery.mailing_id.in_(movable), Delivery.state != DeliveryState.SENDING)
        .values(person_id=new)
        .execution_options(synchronize_session=False)
    )
    held_back = await session.scalars(
        update(Delivery)
        .where(of_old, waits)
        .values(state=DeliveryState.SKIPPED, error=MERGED)
        .returning(Delivery.mailing_id)
        .execution_options(synchronize_session=False)
    )
    for mailing_id in sorted(held_back):
        mailings[mailing_id].skipped += 1
    await session.flush()
    await _hand_over_days(session, old, new)


async def _movable(session: Session, mailings: Sequence[Mailing], new: int) -> Sequence[int]:
    """The mailings whose delivery can be moved. While rows are being made, the other person's may still come."""
    theirs = set(await session.scalars(select(Delivery.mailing_id).where(Delivery.person_id == new)))
    return [
        one.id
        for one in mailings
        if one.id not in theirs and (one.state is not MailingState.MAKING or one.made_to >= new)
    ]


async def _hand_over_days(session: Session, old: int, new: int) -> None:
    days = select(Reminded.day).where(Reminded.person_id == new)
    for statement in (
        delete(Reminded).where(Reminded.person_id == old, Reminded.day.in_(days)),
        update(Reminded).where(Reminded.person_id == old).values(person_id=new),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))


async def copy(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """The mailings that somebody got, or is to get; rows by section."""
    rows = await session.scalars(select(Delivery).where(Delivery.person_id == person_id))
    return {"mailings": [values_of(row) for row in rows]}
