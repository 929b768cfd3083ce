"""Browsers that are signed in, found by the digests of their cookies."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import changed
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
            .where(Device.digest.in_(list(digests)), Device.identity_rev == Account.identity_rev)
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
            identity_rev=await identity_rev(session, account_id),
        )
    )
    return opened


async def identity_rev(session: AsyncSession, account_id: int) -> int:
    """How often whoever is on an account has become somebody else."""
    return (await session.scalar(select(Account.identity_rev).where(Account.id == account_id))) or 0


async def renew(
    session: AsyncSession, device_id: int, digest: bytes, to: bytes, *, key: str, rev: int, now: datetime
) -> bool:
    """Keep a device signed in through a change of identity, under another digest; False when it is not there any more."""
    result = await session.execute(
        update(Device)
        .where(Device.id == device_id, Device.digest == digest)
        .values(digest=to, digest_before=digest, changed_with=key, changed_at=now, identity_rev=rev)
        .execution_options(synchronize_session=False)
    )
    return bool(changed(result))


async def replace(session: AsyncSession, device_id: int, digest: bytes, to: bytes) -> bool:
    """Give a device another digest; False when it has another one by now."""
    result = await session.execute(
        update(Device)
        .where(Device.id == device_id, Device.digest == digest)
        .values(digest=to)
        .execution_options(synchronize_session=False)
    )
    return bool(changed(result))


async def renewed(session: AsyncSession, digest: bytes) -> tuple[Device, Account] | None:
    """The device whose digest this was until its account's identity changed, with its account."""
    row = (
        await session.execute(
            select(Device, Account)
            .join(Account, Account.id == Device.account_id)
            .where(Device.digest_before == digest, Device.identity_rev == Account.identity_rev)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def sign_out(session: AsyncSession, digest: bytes) -> int | None:
    """Forget the device of a digest; gives its account."""
    account: int | None = await session.scalar(select(Device.account_id).where(Device.digest == digest))
    if account is not None:
        await session.execute(delete(Device).where(Device.digest == digest))
    return account


async def of_account(session: AsyncSession, account: Account) -> Sequence[Device]:
    """The browsers that are signed in to an account, the newest first."""
    statement = (
        select(Device)
        .where(Device.account_id == account.id, Device.identity_rev == account.identity_rev)
        .order_by(Device.created_at.desc(), Device.id.desc())
    )
    return (await session.scalars(statement)).all()


async def newest_label(session: AsyncSession, account_id: int) -> str | None:
    """What the newest browser of an account calls itself; None when there is none."""
    statement = select(Device.label).where(Device.account_id == account_id)
    return await session.scalar(statement.order_by(Device.created_at.desc(), Device.id.desc()).limit(1))


async def owner(session: AsyncSession, device_id: int) -> int | None:
    """Whose browser it is; None when there is none."""
    return await session.scalar(
        select(Account.person_id).join(Device, Device.account_id == Account.id).where(Device.id == device_id)
    )


async def end(session: AsyncSession, device_ids: Sequence[int]) -> None:
    """Sign browsers out."""
    await session.execute(delete(Device).where(Device.id.in_(device_ids)))
