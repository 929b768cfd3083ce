"""What all tables share."""

import enum
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Enum,
    Integer,
    MetaData,
)
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


#: SQLite numbers rows itself only for a plain INTEGER key.
Id = BigInteger().with_variant(Integer, "sqlite")


def words_column(kind: type[enum.StrEnum], name: str) -> Enum:
    """A column for the words of an enumeration. Kept as text, so that a new word is no migration."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


def values_of(row: Base, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """The columns of a row with their values, but for those whose names are to be left out."""
    return {
        column.key: getattr(row, column.key)
        for column in row.__table__.columns
        if column.key not in leave_out
    }
