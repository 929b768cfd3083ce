"""The bubbles of a web chat, in an order of changes that a browser can follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversation.tables import TranscriptLine
from storage.people.tables import Account


async def write(
    session: AsyncSession, account_id: int, bubbles: Sequence[tuple[str, dict[str, Any]]], now: datetime
) -> Sequence[TranscriptLine]:
    """Add bubbles (side, body) to a chat."""
    last = await session.scalar(
        update(Account)
        .where(Account.id == account_id)
        .values(transcript_rev=Account.transcript_rev + len(bubbles))
        .returning(Account.transcript_rev)
        .execution_options(synchronize_session=False)
    )
    if last is None:
        raise LookupError(f"no account {account_id}")
    lines = [
        TranscriptLine(account_id=account_id, rev=last - len(bubbles) + at, side=side, body=body, at=now)
        for at, (side, body) in enumerate(bubbles, 1)
    ]
    session.add_all(lines)
    await session.flush()
    return lines


async def change(session: AsyncSession, account_id: int, line_id: int, body: dict[str, Any]) -> bool:
    """Give a bubble another body; False when it is not in this chat."""
    line = await session.get(TranscriptLine, line_id)
    if line is None or line.account_id != account_id:
        return False
    line.rev = (
        await session.scalar(
            update(Account)
            .where(Account.id == account_id)
            .values(transcript_rev=Account.transcript_rev + 1)
            .returning(Account.transcript_rev)
            .execution_options(synchronize_session=False)
        )
    ) or 0
    line.body = body
    await session.flush()
    return True


async def newer(
    session: AsyncSession, account_id: int, rev: int, limit: int = 200
) -> Sequence[TranscriptLine]:
    """Bubbles that were added or changed after a revision, in order."""
    return (
        await session.scalars(
            select(TranscriptLine)
            .where(TranscriptLine.account_id == account_id, TranscriptLine.rev > rev)
            .order_by(TranscriptLine.rev)
            .limit(limit)
        )
    ).all()


async def last(
    session: AsyncSession, account_id: int, limit: int, before: int | None = None
) -> Sequence[TranscriptLine]:
    """The newest bubbles (before the one with an id), oldest first."""
    statement = select(TranscriptLine).where(TranscriptLine.account_id == account_id)
    if before is not None:
        statement = statement.where(TranscriptLine.id < before)
    rows = (await session.scalars(statement.order_by(TranscriptLine.id.desc()).limit(limit))).all()
    return list(reversed(rows))


async def revisions(session: AsyncSession, account_ids: Sequence[int]) -> dict[int, int]:
    """The revision that each of these chats has reached."""
    rows = await session.execute(
        select(Account.id, Account.transcript_rev).where(Account.id.in_(list(account_ids)))
    )
    return {row[0]: row[1] for row in rows}


async def count(session: AsyncSession, account_id: int) -> int:
    """How many bubbles a chat has."""
    return int(
        await session.scalar(
            select(func.count()).select_from(TranscriptLine).where(TranscriptLine.account_id == account_id)
        )
        or 0
    )


async def newest_shown(session: AsyncSession, account_id: int) -> TranscriptLine | None:
    """The bubble of the bot's that changed last."""
    return await session.scalar(
        select(TranscriptLine)
        .where(TranscriptLine.account_id == account_id, TranscriptLine.side == "out")
        .order_by(TranscriptLine.rev.desc())
        .limit(1)
    )
