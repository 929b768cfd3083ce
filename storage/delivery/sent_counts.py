"""How many messages went over a messenger in a month, where its plan ends at some number."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.delivery.tables import SentCount
from storage.dialect import insert
from storage.people.tables import Account


async def add(session: AsyncSession, channel: str, month: str, number: int) -> int:
    """Count messages of a month (``2026-11``); gives how many they are now."""
    statement = insert(session, SentCount).values(channel=channel, month=month, number=number)
    total = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=[SentCount.channel, SentCount.month],
            set_={"number": SentCount.number + statement.excluded.number},
        ).returning(SentCount.number)
    )
    return int(total or 0)


async def people(session: AsyncSession, channel: str) -> int:
    """How many people have an account on a channel."""
    return int(
        await session.scalar(select(func.count()).select_from(Account).where(Account.channel == channel)) or 0
    )
