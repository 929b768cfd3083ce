"""The table of facts about the whole database."""

from typing import Any

from sqlalchemy import (
    String,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.dialect import insert
from storage.registry import MayHold, declare
from storage.types import Json


class Mark(Base):
    """A fact about the whole database, such as that it holds a demo."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)


async def value_of(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """What a mark says; None when there is none."""
    mark = await session.get(Mark, name)
    return None if mark is None else mark.value


async def keep_first(session: AsyncSession, name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Keep a mark unless there is one; gives what stands. Of processes that start at the same moment one is first."""
    await session.execute(insert(session, Mark).values(name=name, value=value).on_conflict_do_nothing())
    return (await session.get_one(Mark, name)).value


async def put(session: AsyncSession, name: str, value: dict[str, Any]) -> None:
    """Keep a mark, in the place of the one that there may be."""
    statement = insert(session, Mark).values(name=name, value=value)
    await session.execute(statement.on_conflict_do_update(index_elements=[Mark.name], set_={"value": value}))


# What each column may hold of a person.
declare("mark", {MayHold.NOTHING: "name value"})
