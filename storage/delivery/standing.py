"""Messages that stand on somebody's screen because they opened them, and those that something else has covered."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.delivery.tables import Outbox, OutboxState


async def stands(session: AsyncSession, key: str) -> None:
    """A message of this key stands on a screen again."""
    await session.execute(
        update(Outbox)
        .where(Outbox.key == key)
        .values(state=OutboxState.SENT)
        .execution_options(synchronize_session=False)
    )


async def is_covered(
    session: AsyncSession, person_id: int | None, kind: str, channel: str, chat: str, message_ref: str
) -> None:
    """What a person's message of this kind showed is gone from the screen: something else stands there.

    Messengers number messages within their chat, so its place is all three.
    """
    await session.execute(
        update(Outbox)
        .where(
            Outbox.person_id == person_id,
            Outbox.state == OutboxState.SENT,
            Outbox.kind == kind,
            Outbox.channel == channel,
            Outbox.chat_id == chat,
            Outbox.message_ref == message_ref,
        )
        .values(state=OutboxState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
