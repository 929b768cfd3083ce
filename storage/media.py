"""The table of pictures and documents in our own store."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.types import Moment


class Media(Base):
    """A picture or document in our own store, found by the digest of its bytes."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)


async def keep(session: AsyncSession, digest: str, mime: str, size: int, now: datetime) -> int:
    """The row of a file in the store, made when there is none; gives its id."""
    found = await session.scalar(select(Media.id).where(Media.sha256 == digest))
    if found is not None:
        return found
    row = Media(sha256=digest, mime=mime, size=size, created_at=now)
    session.add(row)
    await session.flush()
    return row.id


async def get(session: AsyncSession, media_id: int) -> Media | None:
    """A file in the store."""
    return await session.get(Media, media_id)
