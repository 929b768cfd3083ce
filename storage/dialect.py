"""Asking for many rows by their numbers with one parameter: the statement stays the same, however many they are."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Dialect, String, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean, TypeEngine


class _Numbers(TypeDecorator[Sequence[int]]):
    """An array on PostgreSQL, JSON on SQLite."""

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
