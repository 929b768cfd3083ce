"""What only a demo asks of the database: whether it may be filled, and what its past leaves to be told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from storage.delivery.reach import WAITS
from storage.delivery.tables import Outbox, OutboxState
from storage.engine import Session
from storage.initiatives.tables import Initiative, InitiativeState
from storage.people.tables import Account, Person
from storage.trail import Event
from storage.units.tables import Unit


async def has_units(session: Session) -> bool:
    """Whether anybody has set up a union here."""
    return await session.scalar(select(Unit.id).limit(1)) is not None


async def has_people(session: Session) -> bool:
    """Whether anybody has ever come here, or stands on a list."""
    return await session.scalar(select(Person.id).limit(1)) is not None


async def has_initiatives(session: Session) -> bool:
    """Whether anybody has submitted anything."""
    return await session.scalar(select(Initiative.id).limit(1)) is not None


async def units(session: Session) -> Sequence[Unit]:
    """All of them, in the order in which they were made."""
    return (await session.scalars(select(Unit).order_by(Unit.id))).all()


async def only_event(session: Session, initiative_id: int, kind: str) -> int:
    """The event of a kind that an initiative has had exactly once."""
    asked = select(Event.id).where(Event.initiative_id == initiative_id, Event.kind == kind)
    return (await session.scalars(asked)).one()


async def newest_undecided(session: Session, limit: int) -> Sequence[int]:
    """The initiatives that wait to be checked, the newest first."""
    waiting = (
        select(Initiative.id)
        .where(Initiative.state == InitiativeState.SUBMITTED)
        .order_by(Initiative.submitted_at.desc())
        .limit(limit)
    )
    return (await session.scalars(waiting)).all()


async def read_nowhere(session: Session, account_id: int, now: datetime) -> None:
    """Nobody reads an account any more, as when its owner has signed out everywhere."""
    await session.execute(update(Account).where(Account.id == account_id).values(closed_at=now))


async def count_as_sent(session: Session, now: datetime, channel: str) -> None:
    """Every notice that is due by now counts as sent, at the moment at which it was due."""
    await session.execute(
        update(Outbox)
        .where(Outbox.state == OutboxState.PENDING, Outbox.due_at <= now)
        .values(state=OutboxState.SENT, sent_at=Outbox.due_at, channel=channel, attempts=1)
        .execution_options(synchronize_session=False)
    )


async def keep_waiting(
    session: Session,
    person_id: int,
    now: datetime,
    *,
    kinds: Collection[str],
    only_about: tuple[str, Collection[str]],
    limit: int,
) -> None:
    """The newest notices to somebody wait again, until they sign in.

    ``kinds``: of which kinds. ``only_about``: a kind whose notices count only when they are about one of these things.
    """
    kind, about = only_about
    newest = (
        select(Outbox.id)
        .where(
            Outbox.person_id == person_id,
            Outbox.kind.in_(list(kinds)),
            or_(Outbox.kind != kind, Outbox.about.in_(list(about))),
        )
        .order_by(Outbox.created_at.desc(), Outbox.id.desc())
        .limit(limit)
    )
    await session.execute(
        update(Outbox)
        .where(Outbox.id.in_((await session.scalars(newest)).all()))
        .values(state=OutboxState.PENDING, error=WAITS, sent_at=None, channel=None, attempts=0, due_at=now)
        .execution_options(synchronize_session=False)
    )
