"""The places on which a person is: on messengers, and on the web."""

from collections.abc import Sequence

from sqlalchemy import func, select

from storage.engine import Session
from storage.people.tables import Account, Consent, ConsentSubject


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
