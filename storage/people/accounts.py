"""The places on which a person is: on messengers, and on the web."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from storage.engine import Session
from storage.people.tables import Account, Consent, ConsentSubject, Device, Person


async def channels(session: Session, person_id: int) -> Sequence[str]:
    """The channels on which a person has been, the one used last first."""
    rows = await session.execute(
        select(Account.channel)
        .where(Account.person_id == person_id)
        .group_by(Account.channel)
        .order_by(func.max(Account.last_seen_at).desc(), Account.channel)
    )
    return list(rows.scalars())


async def on_channel(session: Session, person_id: int, channel: str) -> int | None:
    """A person's first account on a channel into which they came by themselves."""
    return await session.scalar(
        select(Account.id)
        .where(Account.person_id == person_id, Account.channel == channel, Account.by_code_of.is_(None))
        .order_by(Account.id)
        .limit(1)
    )


async def agreed(session: Session, person_id: int) -> Consent | None:
    """The newest consent to hold a person's data."""
    return await session.scalar(
        select(Consent)
        .where(Consent.person_id == person_id, Consent.given, Consent.subject == ConsentSubject.DATA)
        .order_by(Consent.id.desc())
        .limit(1)
    )


async def others(session: Session, person_id: int, but: int) -> Sequence[Account]:
    """A person's accounts except one, in their order."""
    statement = select(Account).where(Account.person_id == person_id, Account.id != but).order_by(Account.id)
    return (await session.scalars(statement)).all()


async def identity_changed(session: Session, account_ids: Sequence[int]) -> None:
    """Whoever is on these accounts is somebody else, or more, from now on: browsers of before are signed out."""
    await session.execute(
        update(Account)
        .where(Account.id.in_(account_ids))
        .values(identity_rev=Account.identity_rev + 1)
        .execution_options(synchronize_session=False)
    )


async def end(session: Session, account_ids: Sequence[int]) -> None:
    """Sign out all browsers of these accounts."""
    await session.execute(delete(Device).where(Device.account_id.in_(account_ids)))


async def remove(session: Session, account_ids: Sequence[int]) -> None:
    """Let go of these accounts; what conversations hold of them has to be gone already."""
    await end(session, account_ids)
    await session.execute(delete(Account).where(Account.id.in_(account_ids)))


async def of_account(session: Session, channel: str, external_id: str) -> Person | None:
    """The person of an account; None for who has never written."""
    return await session.scalar(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .where(Account.channel == channel, Account.external_id == external_id)
    )


async def to_count(session: Session, channel: str, external_id: str) -> Person | None:
    """The person of an account, locked until what they give is counted; None for who has never written."""
    statement = (
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .where(Account.channel == channel, Account.external_id == external_id)
        .with_for_update(of=Person)
    )
    return await session.scalar(statement)


async def quiet_guests(session: Session, before: datetime, limit: int) -> Sequence[tuple[int, datetime]]:
    """Guests who wrote nothing since a moment, with when they wrote last; those who are on a list are none."""
    last = func.max(Account.last_seen_at)
    statement = (
        select(Account.person_id, last)
        .join(Person, Person.id == Account.person_id)
        .where(Person.registered_at.is_(None), Person.erased_at.is_(None), Person.staff_code.is_(None))
        .group_by(Account.person_id)
        .having(last < before)
        .order_by(Account.person_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
