"""The table of pictures and documents in our own store."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text, cast, delete, event, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as SyncSession

from storage.base import Base, Id
from storage.registry import MayHold, declare
from storage.types import Moment

if TYPE_CHECKING:
    from storage.engine import Database


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


# ---------------------------------------------------------------- going


def numbers_in(value: Any) -> Iterator[int]:  # noqa: ANN401 - JSON
    """The files that a form or a bubble refers to."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key in ("media", "dark") and isinstance(one, int):
                yield one
            else:
                yield from numbers_in(one)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from numbers_in(one)


async def forget(session: AsyncSession, numbers: Collection[int], still: Collection[int]) -> Sequence[int]:
    """Delete the rows of these files but of those that are ``still`` used; their bytes go once that is committed."""
    gone = sorted(set(numbers) - set(still))
    rows = await session.execute(delete(Media).where(Media.id.in_(gone)).returning(Media.id, Media.sha256))
    found = [(row[0], row[1]) for row in rows]
    session.info.setdefault("gone_files", []).extend(digest for _, digest in found)
    return [number for number, _ in found]


def mentions(column: Any, numbers: Collection[int]) -> Any:  # noqa: ANN401 - a JSON column, and a condition
    """Whether JSON may refer to one of these files; :func:`numbers_in` then says whether it does."""
    text = cast(column, Text)
    return or_(*(text.contains(f'"media": {number}') for number in numbers))


async def digests(session: AsyncSession) -> set[str]:
    """The files that are known."""
    return set(await session.scalars(select(Media.sha256)))


def remove_after_commit(database: "Database", remove: Callable[[Sequence[str]], None]) -> None:
    """Call ``remove`` with the digests of the files whose rows were deleted, once that is committed here."""

    @event.listens_for(database.writing, "after_commit")
    def gone(session: SyncSession) -> None:
        digests = session.info.pop("gone_files", None)
        if digests:
            remove(digests)

    @event.listens_for(database.writing, "after_rollback")
    def kept(session: SyncSession) -> None:
        session.info.pop("gone_files", None)


# What each column may hold of a person.
declare("media", {MayHold.OWN: "id sha256 mime size created_at"})
