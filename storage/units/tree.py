"""Finding units, and the shape of their tree."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
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
    today: date,
    inside: Sequence[str] = ("/",),
) -> Sequence[Unit]:
    """Units whose name has all these words, in any order, or whose code is this; shorter names first.

    ``inside``: the paths of the subtrees to look in; without it, everywhere.
    """
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
            or_(false(), *(below(path) for path in inside)),
        )
        .order_by(func.length(Unit.name), Unit.name)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def of_code(session: AsyncSession, code: str) -> Unit | None:
    """The unit of a code, whatever its case."""
    return await session.scalar(select(Unit).where(func.lower(Unit.code) == code.lower()))


async def all_units(session: AsyncSession) -> Sequence[Unit]:
    """All units, in no order."""
    return (await session.scalars(select(Unit))).all()


async def subtree(session: AsyncSession, top: str = "/") -> Sequence[Unit]:
    """The units of a subtree by its path, or of all trees; each before those below it."""
    units = (await session.scalars(select(Unit).where(below(top)))).all()
    # As numbers: "/10/" sorts before "/2/" as text.
    return sorted(units, key=lambda unit: path_ids(unit.path))


async def paths_by_code(session: AsyncSession) -> dict[str, tuple[int, str]]:
    """The id and path of each unit by its code, its case folded."""
    rows = await session.execute(select(Unit.id, Unit.code, Unit.path))
    return {code.casefold(): (unit_id, path) for unit_id, code, path in rows}


async def children(session: AsyncSession, unit_id: int) -> Sequence[Unit]:
    """The units right below one."""
    return (await session.scalars(select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.name))).all()


async def path_of(session: AsyncSession, unit_id: int | None) -> str | None:
    """The path of a unit; None when there is none of this id."""
    return await session.scalar(select(Unit.path).where(Unit.id == unit_id)) if unit_id else None


async def ids_by_code(session: AsyncSession) -> dict[str, int]:
    """The ids of all units by their code, its case folded."""
    rows = await session.execute(select(Unit.id, Unit.code))
    return {code.casefold(): unit_id for unit_id, code in rows}


async def children_page(session: AsyncSession, unit_id: int, *, offset: int, limit: int) -> Sequence[Unit]:
    """Some of the units right below one, by their names."""
    found = await session.scalars(
        select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.name).offset(offset).limit(limit)
    )
    return found.all()
