"""What differs between SQLite and PostgreSQL. Everywhere else a statement is the same for both.

``SELECT … FOR UPDATE`` needs no case of its own: SQLAlchemy leaves it out on SQLite, where whoever writes is alone.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CursorResult,
    Dialect,
    Result,
    String,
    Table,
    TypeDecorator,
    bindparam,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean, TypeEngine

from storage.base import Base


def is_postgresql(session: AsyncSession) -> bool:
    """Whether the session is PostgreSQL's: several processes then write side by side."""
    return session.get_bind().dialect.name == "postgresql"


# ---------------------------------------------------------------- inserting what may be there already


def insert_for(name: str, table: type[Base] | Table) -> postgresql.Insert:
    """An insert with ``on_conflict_do_nothing`` and ``on_conflict_do_update``, for the dialect of a name.

    For statements that are made once and kept; see :func:`insert` for all others. Both dialects write it alike.
    """
    make = postgresql.insert if name == "postgresql" else sqlite.insert
    return cast("postgresql.Insert", make(table))


def insert(session: AsyncSession, table: type[Base] | Table) -> postgresql.Insert:
    """An insert that can say what is done with rows that are there already."""
    return insert_for(session.get_bind().dialect.name, table)


def changed(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE changed."""
    return cast("CursorResult[Any]", result).rowcount


# ---------------------------------------------------------------- holding others back


async def take_turns(session: AsyncSession, lock: int) -> None:
    """Wait until no other process holds this lock, and hold it until the end of the transaction.

    ``lock`` is a number of our own. On SQLite a transaction that writes is alone anyway.
    """
    if is_postgresql(session):
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


async def hold_tables(session: AsyncSession, *tables: type[Base]) -> None:
    """Let nobody else write to these tables until the end of the transaction; to be called before reading them."""
    if is_postgresql(session):
        names = ", ".join(table.__tablename__ for table in tables)
        await session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


async def analyze(session: AsyncSession, table: type[Base]) -> None:
    """Many rows have come at once: PostgreSQL has to know before it plans the next statements."""
    if is_postgresql(session):
        await session.execute(text(f"ANALYZE {table.__tablename__}"))


# ---------------------------------------------------------------- many numbers in one parameter


class _Numbers(TypeDecorator[Sequence[int]]):
    """Whole numbers in one parameter, so that a statement stays the same however many they are: an array, or JSON."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(BigInteger))
        return dialect.type_descriptor(String())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - either of two
        if value is None:
            return None
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class among(FunctionElement[bool]):  # noqa: N801 - it reads as a word of a condition
    """Whether a column's number is one of those in the parameter ``name``: a list, given when it is executed."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, name: str) -> None:  # noqa: ANN401 - a column
        """``column`` holds whole numbers."""
        super().__init__(column, bindparam(name, type_=_Numbers()))

    def self_group(self, against: Any = None) -> Any:  # noqa: ANN401 - an operator
        """It is a condition already: on SQLite others are compared with 1."""
        del against
        return self


@compiles(among, "postgresql")
def _any_of_array(element: among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY({numbers})"


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    column, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - both are the compiler's own words
