"""What waits to be said, and was said, to a person: handed over to another, taken along, or taken away."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from storage.base import values_of
from storage.delivery.tables import Handout, Outbox, OutboxState
from storage.engine import Session


async def hand_over(session: Session, old: int, new: int) -> None:
    """Rename one person's messages to the other; one that the other has as well is not sent a second time."""
    end, new_end = f":person:{old}", f":person:{new}"
    rows = await session.execute(
        select(Outbox.id, Outbox.key, Outbox.state).where(
            Outbox.person_id == old, Outbox.key.endswith(end, autoescape=True)
        )
    )
    theirs = set(await session.scalars(select(Outbox.key).where(Outbox.person_id == new)))
    for row_id, key, state in rows.all():
        new_key = key.removesuffix(end) + new_end
        if new_key not in theirs:
            values: dict[str, object] = {"key": new_key}
        elif state is OutboxState.PENDING:
            values = {"state": OutboxState.CANCELLED}
        else:
            continue
        await session.execute(
            update(Outbox)
            .where(Outbox.id == row_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )


async def hand_over_guest(session: Session, guest: int, person: int) -> None:
    """Make a guest's messages the person's who they turned out to be."""
    await hand_over(session, guest, person)
    await session.execute(
        update(Outbox)
        .where(Outbox.person_id == guest)
        .values(person_id=person)
        .execution_options(synchronize_session=False)
    )


async def let_go(session: Session, account_ids: Sequence[int]) -> None:
    """Take back the documents that were handed out on accounts which end."""
    await session.execute(delete(Handout).where(Handout.account_id.in_(account_ids)))


async def erase(session: Session, person_id: int, account_ids: Sequence[int]) -> None:
    """Send somebody nothing more, and keep neither their chats nor quoted words in their messages."""
    await let_go(session, account_ids)
    for row in await session.scalars(select(Outbox).where(Outbox.person_id == person_id)):
        if "words" in row.details:
            row.details = {**row.details, "words": ""}
    await session.flush()
    of_person = Outbox.person_id == person_id
    await session.execute(
        update(Outbox)
        .where(of_person, Outbox.state == OutboxState.PENDING)
        .values(state=OutboxState.CANCELLED)
    )
    await session.execute(update(Outbox).where(of_person).values(chat_id=None, message_ref=None))


async def copy(session: Session, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """What somebody was told; rows by section."""
    rows = await session.scalars(select(Outbox).where(Outbox.person_id == person_id))
    return {"messages": [values_of(row) for row in rows]}


async def forget(session: Session, person_id: int) -> None:
    """Delete all messages to a guest."""
    await session.execute(delete(Outbox).where(Outbox.person_id == person_id))
