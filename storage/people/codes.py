"""Codes that open something, by their digests; and the wrong ones that people typed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, or_, select, update

from storage.dialect import changed
from storage.engine import Session
from storage.people.tables import Account, Pass, PassKind, Person, WrongCode
from storage.units.tables import Unit


async def of_digest(session: Session, digest: bytes, now: datetime) -> Pass | None:
    """The code of a digest, unless it has lapsed or is used up."""
    return await session.scalar(
        select(Pass).where(Pass.digest == digest, Pass.uses_left > 0, Pass.expires_at > now)
    )


async def unit_of_join_code(session: Session, code: str) -> Unit | None:
    """The unit on whose poster a code stands."""
    return await session.scalar(select(Unit).where(Unit.join_code == code))


async def take_one(session: Session, pass_id: int, now: datetime) -> bool:
    """Use a code once. False when it has lapsed or somebody else has just used it up."""
    return bool(
        changed(
            await session.execute(
                update(Pass)
                .where(Pass.id == pass_id, Pass.uses_left > 0, Pass.expires_at > now)
                .values(uses_left=Pass.uses_left - 1)
                .execution_options(synchronize_session=False)
            )
        )
    )


async def void_for_devices(session: Session, person_id: int) -> None:
    """No code made so far signs the person in any more."""
    await session.execute(
        update(Pass)
        .where(Pass.kind == PassKind.DEVICE, Pass.person_id == person_id, Pass.uses_left > 0)
        .values(uses_left=0)
    )


# ---------------------------------------------------------------- wrong ones


async def note_wrong(session: Session, account: Account, now: datetime, before: datetime) -> None:
    """An account typed a wrong code; what it typed until ``before`` is forgotten."""
    await session.execute(
        delete(WrongCode).where(
            WrongCode.channel == account.channel,
            WrongCode.account_external_id == account.external_id,
            WrongCode.at <= before,
        )
    )
    session.add(WrongCode(channel=account.channel, account_external_id=account.external_id, at=now))
    await session.flush()


async def newest_wrong(session: Session, account: Account, since: datetime, limit: int) -> Sequence[datetime]:
    """When this account, and its person's others, typed wrong codes after ``since``; the newest first."""
    of_person = exists().where(
        Account.channel == WrongCode.channel,
        Account.external_id == WrongCode.account_external_id,
        Account.person_id == account.person_id,
    )
    of_account = and_(
        WrongCode.channel == account.channel, WrongCode.account_external_id == account.external_id
    )
    newest = await session.scalars(
        select(WrongCode.at)
        .where(WrongCode.at > since, or_(of_account, of_person))
        .order_by(WrongCode.at.desc())
        .limit(limit)
    )
    return newest.all()


# ---------------------------------------------------------------- invites that are open


async def open_invites(
    session: Session, unit_id: int, now: datetime, *, offset: int, limit: int
) -> Sequence[tuple[Pass, str]]:
    """A unit's invites that can still be used, the newest first, each with the name of who made it."""
    rows = await session.execute(
        select(Pass, func.coalesce(Person.name, ""))
        .join(Person, Person.id == Pass.created_by, isouter=True)
        .where(
            Pass.kind == PassKind.INVITE, Pass.unit_id == unit_id, Pass.uses_left > 0, Pass.expires_at > now
        )
        .order_by(Pass.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def void(session: Session, pass_id: int) -> bool:
    """Use a code up for good. False when nothing is left of it."""
    return bool(
        changed(
            await session.execute(
                update(Pass)
                .where(Pass.id == pass_id, Pass.uses_left > 0)
                .values(uses_left=0)
                .execution_options(synchronize_session=False)
            )
        )
    )
