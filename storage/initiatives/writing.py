"""Writing initiatives with what belongs to them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.initiatives.tables import Attachment, Author, Initiative


async def add(session: AsyncSession, initiative: Initiative) -> None:
    """Write a new one; it has its id then."""
    session.add(initiative)
    await session.flush()


async def replace_parts(
    session: AsyncSession, initiative_id: int, authors: Sequence[Author], attachments: Sequence[Attachment]
) -> None:
    """Put authors and attachments in the place of those that an initiative has."""
    await session.execute(delete(Author).where(Author.initiative_id == initiative_id))
    await session.execute(delete(Attachment).where(Attachment.initiative_id == initiative_id))
    add_parts(session, authors, attachments)


def add_parts(session: AsyncSession, authors: Sequence[Author], attachments: Sequence[Attachment]) -> None:
    """Authors and attachments of a new initiative."""
    session.add_all(authors)
    session.add_all(attachments)


async def entered_since(session: AsyncSession, person_id: int, since: datetime) -> int:
    """How many somebody has entered since a moment."""
    statement = (
        select(func.count())
        .select_from(Initiative)
        .where(Initiative.entered_by == person_id, Initiative.submitted_at > since)
    )
    return (await session.scalar(statement)) or 0
