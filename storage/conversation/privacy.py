"""What conversations hold of a person: handed over to another, taken along, or taken away."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from storage.base import values_of
from storage.conversation.tables import Conversation, Draft, Offer, TranscriptLine
from storage.engine import Session
from storage.media import numbers_in


async def begun(session: Session, person_id: int) -> set[str]:
    """The forms that somebody has begun: the drafts' names, and the form that is open."""
    drafts = set(await session.scalars(select(Draft.form_name).where(Draft.person_id == person_id)))
    form = await session.scalar(select(Conversation.form).where(Conversation.person_id == person_id))
    return drafts | ({form["form"]} if form else set())


async def hand_over(session: Session, old: int, new: int, *, but: Collection[str]) -> None:
    """Give one person's drafts to the other, except where the other has begun the same; drop the one's open form.

    ``but``: draft names under which the other's open form would be kept.
    """
    theirs = set(await session.scalars(select(Draft.form_name).where(Draft.person_id == new))) | set(but)
    for statement in (
        delete(Draft).where(Draft.person_id == old, Draft.form_name.in_(theirs)),
        update(Draft).where(Draft.person_id == old).values(person_id=new),
        delete(Conversation).where(Conversation.person_id == old),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))


async def drop_begun(session: Session, person_id: int) -> None:
    """Delete somebody's drafts and open form."""
    await session.execute(delete(Draft).where(Draft.person_id == person_id))
    await session.execute(delete(Conversation).where(Conversation.person_id == person_id))


async def take_over(session: Session, old: int, new: int, account_id: int) -> None:
    """Give one person's drafts and open form to another, who is on an account and loses what they had begun."""
    await drop_begun(session, new)
    for statement in (
        update(Draft).where(Draft.person_id == old).values(person_id=new),
        update(Conversation)
        .where(Conversation.person_id == old)
        .values(person_id=new, account_id=account_id),
    ):
        await session.execute(statement.execution_options(synchronize_session=False))


async def erase_chats(session: Session, account_ids: Sequence[int]) -> None:
    """Delete what was said on accounts, and the choices that were offered there."""
    for table in (Offer, TranscriptLine):
        await session.execute(delete(table).where(table.account_id.in_(account_ids)))


async def erase(session: Session, person_id: int, account_ids: Sequence[int]) -> None:
    """Delete somebody's chats, offered choices, drafts and open form."""
    await erase_chats(session, account_ids)
    await drop_begun(session, person_id)


async def files_of(session: Session, person_id: int, account_ids: Sequence[int]) -> set[int]:
    """The files in what somebody has begun, and in what they sent in their chats."""
    begun = [
        *await session.scalars(select(Draft.form).where(Draft.person_id == person_id)),
        *await session.scalars(select(Conversation.form).where(Conversation.person_id == person_id)),
        *await session.scalars(
            select(TranscriptLine.body).where(
                TranscriptLine.account_id.in_(account_ids), TranscriptLine.side == "in"
            )
        ),
    ]
    return {number for one in begun if one for number in numbers_in(one)}


async def copy(
    session: Session, person_id: int, account_ids: Sequence[int]
) -> dict[str, list[dict[str, Any]]]:
    """What somebody has begun, and their web chats; rows by section."""
    drafts = await session.scalars(select(Draft).where(Draft.person_id == person_id))
    open_forms = await session.scalars(select(Conversation).where(Conversation.person_id == person_id))
    chat = await session.scalars(select(TranscriptLine).where(TranscriptLine.account_id.in_(account_ids)))
    return {
        "drafts": [values_of(row) for row in drafts],
        "conversation": [values_of(row) for row in open_forms],
        "chat": [values_of(row) for row in chat],
    }
