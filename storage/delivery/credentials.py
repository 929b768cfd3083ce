"""Credentials that renew themselves: kept, so that no process renews one that another has used up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.delivery.tables import Credential
from storage.dialect import insert

#: So many of the tokens that the settings gave are remembered, so that an old one is not taken for a new one.
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Access:
    """An access that may be used until a moment."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RenewalTurn:
    """The right to renew, written down before it is tried. ``after_a_crash``: somebody tried and never said more."""

    mark: str
    renewal: str
    after_a_crash: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """It cannot be renewed any more."""

    since: datetime
    why: str


async def get(session: AsyncSession, name: str, *, lock: bool = False) -> Credential | None:
    """A credential; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(Credential).where(Credential.name == name).execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update() if lock else query)


async def offer(session: AsyncSession, name: str, renewal: str, now: datetime) -> bool:
    """What the settings say: taken when they never said it before. Gives whether it was."""
    digest = hashlib.sha256(renewal.encode()).hexdigest()
    values = {"name": name, "renewal": renewal, "renewed_at": now, "given": [digest]}
    made = await session.scalar(
        insert(session, Credential).values(values).on_conflict_do_nothing().returning(Credential.name)
    )
    if made is not None:
        return True
    row = await get(session, name, lock=True)
    if row is None or digest in row.given:
        return False
    _replace(row, renewal, now)
    row.given = [*row.given, digest][-_REMEMBERED:]
    return True


async def put(session: AsyncSession, name: str, renewal: str, now: datetime, *, settings: str = "") -> None:
    """What somebody got by hand, in place of whatever there is, and of what the settings say now."""
    if settings:
        await offer(session, name, settings, now)
    if not await offer(session, name, renewal, now):
        row = await get(session, name, lock=True)
        if row is not None:
            _replace(row, renewal, now)


def _replace(row: Credential, renewal: str, now: datetime) -> None:
    row.renewal, row.renewed_at = renewal, now
    row.access = row.use_until = row.trying_since = row.trying = row.lost_at = row.lost_why = None


async def take_turn(
    session: AsyncSession, name: str, now: datetime, *, stale: str, mark: str, patience: timedelta
) -> Access | RenewalTurn | Lost | None:
    """An access other than the ``stale`` one; or the turn to renew; or None while somebody else renews.

    A turn older than ``patience`` was left by a process that died. Raises :class:`KeyError` when there is no such
    credential.
    """
    row = await get(session, name, lock=True)
    if row is None:
        raise KeyError(name)
    if row.access and row.access != stale and row.use_until is not None and now < row.use_until:
        return Access(row.access, row.use_until)
    if row.lost_at is not None:
        return Lost(row.lost_at, row.lost_why or "")
    left_behind = row.trying_since is not None
    if row.trying_since is not None and row.trying_since <= now < row.trying_since + patience:
        return None
    row.trying_since, row.trying = now, mark
    return RenewalTurn(mark, row.renewal, left_behind)


async def renewed(
    session: AsyncSession, name: str, turn: RenewalTurn, *, renewal: str, access: Access, now: datetime
) -> None:
    """The turn ended well. Where somebody has put in a new one by hand meanwhile, theirs stays."""
    row = await get(session, name, lock=True)
    if row is None or row.renewal != turn.renewal:
        return
    _replace(row, renewal, now)
    row.access, row.use_until = access.token, access.until


async def not_renewed(
    session: AsyncSession, name: str, turn: RenewalTurn, now: datetime, *, lost_why: str = ""
) -> None:
    """The turn ended without a new one; with ``lost_why`` there will be none any more."""
    row = await get(session, name, lock=True)
    if row is None or row.trying != turn.mark:
        return
    row.trying_since = row.trying = None
    if lost_why:
        row.lost_at, row.lost_why = now, lost_why[:200]


async def write_again(session: AsyncSession) -> int:
    """Write every credential anew, as the newest key encrypts it; gives how many."""
    rows = (await session.scalars(select(Credential))).all()
    for row in rows:
        await session.execute(
            update(Credential)
            .where(Credential.name == row.name)
            .values(renewal=row.renewal, access=row.access)
        )
    return len(rows)
