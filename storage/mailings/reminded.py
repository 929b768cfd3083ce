"""The one reminder that a person gets on a day: which mailing has taken it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, delete, exists, or_, select, update

from storage.dialect import insert, take_turns
from storage.engine import Session
from storage.mailings.tables import Delivery, DeliveryState, Reminded

#: A number of our own for advisory locks: whoever takes people's days holds it.
_REMIND_LOCK = 5_182_023

#: A message that surely has not left, and will not, leaves the day to another. One that failed for a reason of ours
#: may have been read.
_SURELY_NOT = or_(
    Delivery.state.in_([DeliveryState.BLOCKED, DeliveryState.SKIPPED]),
    and_(Delivery.state == DeliveryState.FAILED, Delivery.error.in_(["not_sent", "refused"])),
)


async def remind(
    session: Session, mailing_id: int, day: date, people: Sequence[int]
) -> tuple[set[int], set[int]]:
    """Take the one reminder of a day for these people.

    Gives those for whom this mailing has it, and those of the rest whose other mailing has not left yet: their day may
    become free again.
    """
    if not people:
        return set(), set()
    # A turn takes days for several mailings, and two processes may want the same people in another order.
    await take_turns(session, _REMIND_LOCK)
    statement = insert(session, Reminded).on_conflict_do_nothing().returning(Reminded.person_id)
    rows = [{"day": day, "person_id": one, "mailing_id": mailing_id} for one in sorted(people)]
    mine = set((await session.execute(statement, rows)).scalars())
    had = sorted(set(people) - mine)
    if not had:
        return mine, set()
    of_holder = (Delivery.mailing_id == Reminded.mailing_id, Delivery.person_id == Reminded.person_id)
    theirs = (Reminded.day == day, Reminded.person_id.in_(had))
    # Query the holders that are still pending first; otherwise one that finishes between the two statements is missed.
    waiting = (
        await session.scalars(
            select(Reminded.person_id)
            .join(Delivery, and_(*of_holder))
            .where(
                *theirs,
                Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
                Reminded.mailing_id != mailing_id,
            )
        )
    ).all()
    mine |= set(
        await session.scalars(
            update(Reminded)
            .where(
                *theirs,
                or_(
                    Reminded.mailing_id == mailing_id,
                    exists().where(*of_holder, _SURELY_NOT).correlate(Reminded),
                ),
            )
            .values(mailing_id=mailing_id)
            .returning(Reminded.person_id)
            .execution_options(synchronize_session=False)
        )
    )
    return mine, set(waiting)


async def forget(session: Session, before: date) -> None:
    """Forget the days before one."""
    await session.execute(
        delete(Reminded).where(Reminded.day < before).execution_options(synchronize_session=False)
    )
