"""Documents that were made for one person and are handed out by an address for a while."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.delivery.tables import Handout


async def keep(
    session: AsyncSession, number: int, account_id: int | None, name: str, content: bytes, lapses_at: datetime
) -> int:
    """Keep a document until it lapses; gives its number, which is not to be guessed."""
    await session.execute(
        insert(Handout).values(
            id=number, account_id=account_id, name=name[:200], content=content, lapses_at=lapses_at
        )
    )
    return number


async def content(session: AsyncSession, number: int, now: datetime) -> bytes | None:
    """The bytes of a document that has not lapsed."""
    found: bytes | None = await session.scalar(
        select(Handout.content).where(Handout.id == number, Handout.lapses_at > now)
    )
    return found
