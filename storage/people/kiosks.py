"""Kiosks and the sessions of the people at them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversation.tables import TranscriptLine
from storage.people.tables import Account, Device, Kiosk, Pass, Person, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below


async def of_token(session: AsyncSession, digest: bytes) -> Kiosk | None:
    """The kiosk whose cookie this is, unless it has been revoked."""
    return await session.scalar(select(Kiosk).where(Kiosk.digest == digest, Kiosk.revoked_at.is_(None)))


async def in_subtree(
    session: AsyncSession, path: str, *, offset: int, limit: int
) -> Sequence[tuple[Kiosk, str, str]]:
    """The kiosks of a unit and all below it, the newest first: each with its unit's name and its maker's."""
    rows = await session.execute(
        select(Kiosk, Unit.name, Person.name)
        .join(Unit, Unit.id == Kiosk.unit_id)
        .outerjoin(Person, Person.id == Kiosk.made_by)
        .where(below(path), Kiosk.revoked_at.is_(None))
        .order_by(Kiosk.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [(row[0], row[1], row[2] or "") for row in rows]


async def sessions(session: AsyncSession, kiosk_id: int) -> Sequence[tuple[Device, Account]]:
    """Who is signed in at a kiosk: one person at most, unless two begin at the same moment."""
    rows = await session.execute(
        select(Device, Account)
        .join(Account, Account.id == Device.account_id)
        .where(Device.kiosk_id == kiosk_id)
    )
    return [(row[0], row[1]) for row in rows]


async def sign_out(session: AsyncSession, device_ids: Sequence[int]) -> None:
    """End these sessions: their tokens open nothing any more."""
    await session.execute(delete(Device).where(Device.id.in_(list(device_ids))))


async def silent(
    session: AsyncSession, before: datetime, kiosk_id: int | None = None
) -> Sequence[tuple[Device, Account]]:
    """The sessions, at one kiosk or at all, in which nobody has touched the screen since ``before``."""
    at = Device.kiosk_id.is_not(None) if kiosk_id is None else Device.kiosk_id == kiosk_id
    rows = await session.execute(
        select(Device, Account)
        .join(Account, Account.id == Device.account_id)
        .where(at, Device.last_seen_at < before)
    )
    return [(row[0], row[1]) for row in rows]


async def unread(
    session: AsyncSession, account_ids: Sequence[int], now: datetime, *, but: Sequence[int] = ()
) -> None:
    """Mark these accounts as closed unless somebody reads them elsewhere: notices then go elsewhere, or wait.

    ``but``: devices that still have a session, but show nothing any more.
    """
    elsewhere = exists().where(Device.account_id == Account.id, Device.id.not_in(list(but)))
    await session.execute(
        update(Account)
        .where(Account.id.in_(list(account_ids)), ~elsewhere)
        .values(closed_at=now)
        .execution_options(synchronize_session=False)
    )


async def touch(session: AsyncSession, device_id: int, now: datetime) -> None:
    """Note that somebody touched the screen of a session."""
    await session.execute(update(Device).where(Device.id == device_id).values(last_seen_at=now))


async def has_role_and_home(session: AsyncSession, account: Account) -> bool:
    """Whether an account's person holds a role, and has another account to use it from."""
    return bool(
        await session.scalar(
            select(RoleGrant.id)
            .where(
                RoleGrant.person_id == account.person_id,
                RoleGrant.revoked_at.is_(None),
                exists().where(Account.person_id == account.person_id, Account.id != account.id),
            )
            .limit(1)
        )
    )


async def left_nothing(session: AsyncSession, account: Account) -> bool:
    """Whether somebody who began at a kiosk is still a guest who wrote nothing and took no code along."""
    return bool(
        await session.scalar(
            select(Person.id).where(
                Person.id == account.person_id,
                Person.registered_at.is_(None),
                Person.erased_at.is_(None),
                ~exists().where(TranscriptLine.account_id == account.id, TranscriptLine.side == "in"),
                ~exists().where(Pass.person_id == account.person_id),
                ~exists().where(Account.person_id == account.person_id, Account.id != account.id),
            )
        )
    )


async def used(session: AsyncSession, kiosk_id: int, now: datetime) -> None:
    """Note that somebody has begun at a kiosk."""
    await session.execute(update(Kiosk).where(Kiosk.id == kiosk_id).values(last_used_at=now))
