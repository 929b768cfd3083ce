"""Numbers that are given out one after the other, such as those of initiatives' codes."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from storage.dialect import insert_for
from storage.initiatives.tables import Serial


@cache
def _next(dialect: str) -> Any:  # noqa: ANN401 - an insert that gives something back
    statement = insert_for(dialect, Serial)
    return (
        statement.values(series=bindparam("series"), last=1)
        .on_conflict_do_update(index_elements=[Serial.series], set_={"last": Serial.last + 1})
        .returning(Serial.last)
    )


async def next_number(session: AsyncSession, series: str) -> int:
    """The next number of a series, with no gaps: it is taken in the transaction that uses it."""
    statement = _next(session.get_bind().dialect.name)
    return int(await session.scalar(statement, {"series": series}) or 0)
