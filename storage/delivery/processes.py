"""The processes that run the bot: a row for each, with the moment at which it last said that it is alive.

What a process has claimed carries its number. Moments are those of the database's clock, the only one that all of
them share.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.delivery.tables import Process
from storage.dialect import changed


async def join(session: AsyncSession, name: str) -> int:
    """A row for a process that begins. Gives its number."""
    process = Process(name=name[:80], beat_at=func.now())
    session.add(process)
    await session.flush()
    return process.id


async def beat(session: AsyncSession, process_id: int) -> bool:
    """Say that a process is alive; False when it was taken for dead."""
    result = await session.execute(
        update(Process)
        .where(Process.id == process_id)
        .values(beat_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return bool(changed(result))


async def is_there(session: AsyncSession, process_id: int) -> bool:
    """Whether a process has not been taken for dead, and will not be before this transaction ends.

    The weakest lock that a removal waits for: saying that one is alive waits for none of these, nor they for it.
    """
    statement = select(Process.id).where(Process.id == process_id).with_for_update(read=True, key_share=True)
    return await session.scalar(statement) is not None


async def silent(session: AsyncSession, after: timedelta, *, besides: int) -> Sequence[Process]:
    """Processes (PostgreSQL's) that have said nothing for so long, taken by this transaction: others pass them over."""
    statement = (
        select(Process)
        .where(Process.beat_at < func.now() - after, Process.id != besides)
        .order_by(Process.id)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def heard_of(session: AsyncSession, lately: timedelta) -> Sequence[str]:
    """The names of the processes (PostgreSQL's) that said lately that they are alive."""
    statement = select(Process.name).where(Process.beat_at >= func.now() - lately).order_by(Process.id)
    return (await session.scalars(statement)).all()


async def all_of_them(session: AsyncSession) -> Sequence[Process]:
    """Every process that has a row."""
    return (await session.scalars(select(Process).order_by(Process.id))).all()


async def remove(session: AsyncSession, process_ids: Sequence[int]) -> None:
    """These processes are no more: nothing can be claimed in their names."""
    await session.execute(
        delete(Process).where(Process.id.in_(process_ids)).execution_options(synchronize_session=False)
    )
