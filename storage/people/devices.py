"""Browsers that are signed in, found by the digests of their cookies."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.people.tables import Account, Device, Kiosk


async def of_token(
    session: AsyncSession, digests: Sequence[bytes]
) -> tuple[Device, Account, Kiosk | None] | None:
    """The device that has one of these digests, its account, and the kiosk that it is at."""
    row = (
        await session.execute(
            select(Device, Account, Kiosk)
            .join(Account, Account.id == Device.account_id)
            .outerjoin(Kiosk, Kiosk.id == Device.kiosk_id)
            .where(Device.digest.in_(list(digests)))
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def used(session: AsyncSession, device_id: int, now: datetime) -> None:
    """Somebody uses the device now."""
    await session.execute(update(Device).where(Device.id == device_id).values(last_seen_at=now))


async def sign_in(
    session: AsyncSession, account_id: int, digest: bytes, *, label: str, now: datetime, kiosk_id: int | None
) -> int | None:
    """A new device of an account, or a turn at a kiosk; from now on somebody reads there.

    Gives the person, when nobody read there until now.
    """
    opened: int | None = await session.scalar(
        update(Account)
        .where(Account.id == account_id, Account.closed_at.is_not(None))
        .values(closed_at=None)
        .returning(Account.person_id)
    )
    session.add(
        Device(
            account_id=account_id,
            digest=digest,
            created_at=now,
            last_seen_at=now,
            label=label,
            kiosk_id=kiosk_id,
        )
    )
    return opened


async def change_token(session: AsyncSession, device_id: int, digest: bytes, to: bytes) -> None:
    """The device is found by another digest from now on."""
    await session.execute(
        update(Device).where(Device.id == device_id, Device.digest == digest).values(digest=to)
    )


async def sign_out(session: AsyncSession, digest: bytes) -> int | None:
    """Forget the device of a digest; gives its account."""
    account: int | None = await session.scalar(select(Device.account_id).where(Device.digest == digest))
    if account is not None:
        await session.execute(delete(Device).where(Device.digest == digest))
    return account
