"""Which files in the store are still used, and letting go of those that are not."""

from collections.abc import Collection

from sqlalchemy import select

from storage import media
from storage.base import Base
from storage.engine import Session

#: The columns that use files: by their number, and within JSON.
_BY_NUMBER = ("attachment.media_id",)
_WITHIN = ("draft.form", "conversation.form", "mailing.details")


async def let_go(session: Session, numbers: Collection[int]) -> None:
    """Forget these files, but for those that something still uses. A chat that showed one uses it no more."""
    if not numbers:
        return
    still: set[int] = set()
    for name in _BY_NUMBER:
        table, _, column = name.partition(".")
        number = Base.metadata.tables[table].columns[column]
        still |= set(await session.scalars(select(number).where(number.in_(list(numbers)))))
    for name in _WITHIN:
        table, _, column = name.partition(".")
        found = Base.metadata.tables[table].columns[column]
        for one in await session.scalars(select(found).where(media.mentions(found, numbers))):
            still |= set(media.numbers_in(one))
    await media.forget(session, numbers, still)
