"""The places on which a person is: on messengers, and on the web."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from storage.engine import Session
from storage.people.tables import Account, Consent, ConsentSubject, Device


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
    """A person's first account on a channel."""
    return await session.scalar(
        select(Account.id)
        .where(Account.person_id == person_id, Account.channel == channel)
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
