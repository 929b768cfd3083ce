"""The message in the outbox that shows its author how far a mailing is, and changes where it stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storage.delivery.tables import Outbox, OutboxState
from storage.engine import Session


async def of_key(session: Session, key: str) -> Outbox | None:
    """The message of a key, as it stands now."""
    found: Outbox | None = await session.scalar(
        select(Outbox).where(Outbox.key == key).execution_options(populate_existing=True)
    )
    return found


async def send_again(session: Session, shown: Outbox, details: dict[str, Any], now: datetime) -> None:
    """Let a message leave once more, with other details; not if somebody else has moved it on meanwhile."""
    await session.execute(
        update(Outbox)
        .where(Outbox.id == shown.id, Outbox.state == shown.state)
        .values(state=OutboxState.PENDING, due_at=now, attempts=0, details=details)
        .execution_options(synchronize_session=False)
    )
