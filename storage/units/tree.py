"""Finding units, and the shape of their tree."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.units.tables import Unit, UnitKind


def below(path: str, column: Any = Unit.path) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """The units of a subtree, its top included. "0" is the character after "/", so this is one range of an index."""
    return and_(column >= path, column < path[:-1] + "0")


def path_ids(path: str) -> tuple[int, ...]:
    """The ids from the top down to the unit of a path."""
    return tuple(int(part) for part in path.strip("/").split("/") if part)


async def search(
    session: AsyncSession,
    folded: str,
    *,
    kinds: Sequence[UnitKind],
    limit: int,
    today: Any,  # noqa: ANN401 - a date
) -> Sequence[Unit]:
    """Units whose name has all these words, in any order, or whose code is this; shorter names first."""
    words = folded.split()
    if not words:
        return []
    named = and_(*(Unit.name_folded.contains(word, autoescape=True) for word in words))
    statement = (
        select(Unit)
        .where(
            or_(named, func.lower(Unit.code) == folded.replace(" ", "")),
            Unit.kind.in_(list(kinds)),
            or_(Unit.valid_until.is_(None), Unit.valid_until >= today),
        )
        .order_by(func.length(Unit.name), Unit.name)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def children(session: AsyncSession, unit_id: int) -> Sequence[Unit]:
    """The units right below one."""
    return (await session.scalars(select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.name))).all()


async def path_of(session: AsyncSession, unit_id: int | None) -> str | None:
    """The path of a unit; None when there is none of this id."""
    return await session.scalar(select(Unit.path).where(Unit.id == unit_id)) if unit_id else None
