"""Browsers that are signed in: a cookie that scripts cannot read, kept here only as a digest."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.clock import Clock
from bot.services.passes import digest
from storage.engine import Database
from storage.models import Account, Device

COOKIE = "sk"
#: A worker should not have to sign in again every month; browsers allow 400 days at most.
_LIFE = timedelta(days=400)


class Devices:
    """Signing browsers in and out."""

    def __init__(self, database: Database, clock: Clock, *, secure: bool) -> None:
        """``secure``: cookies only over HTTPS."""
        self._database = database
        self._clock = clock
        self._secure = secure

    async def account(self, request: HTTPConnection) -> Account | None:
        """The account that this browser is signed in to."""
        token = request.cookies.get(COOKIE, "")
        if not 20 <= len(token) <= 100:
            return None
        async with self._database.read() as session:
            row = (
                await session.execute(
                    select(Device, Account)
                    .join(Account, Account.id == Device.account_id)
                    .where(Device.digest == digest(token))
                )
            ).one_or_none()
        if row is None:
            return None
        device: Device = row[0]
        account: Account = row[1]
        if self._clock.now() - device.last_seen_at > timedelta(hours=6):
            async with self._database.write() as session:
                await session.execute(
                    update(Device).where(Device.id == device.id).values(last_seen_at=self._clock.now())
                )
        return account

    async def sign_in(self, session: AsyncSession, account_id: int, request: HTTPConnection) -> str:
        """A token for a new device; put it into the cookie with :meth:`give` once this is committed."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        session.add(
            Device(
                account_id=account_id,
                digest=digest(token),
                created_at=now,
                last_seen_at=now,
                label=request.headers.get("user-agent", "")[:80],
            )
        )
        return token

    def give(self, response: Response, token: str, path: str) -> None:
        """Set the cookie."""
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(_LIFE.total_seconds()),
            path=path,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    async def sign_out(self, request: HTTPConnection, response: Response, path: str) -> None:
        """Forget this browser."""
        token = request.cookies.get(COOKIE, "")
        async with self._database.write() as session:
            await session.execute(delete(Device).where(Device.digest == digest(token)))
        response.delete_cookie(COOKIE, path=path, httponly=True, samesite="lax", secure=self._secure)
