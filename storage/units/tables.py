"""The tables of the union's tree. Names are the field's words; rules live in the services, not here."""

import enum
from datetime import date

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import PathText


class UnitKind(enum.StrEnum):
    """Levels of the union. A level is a word on a unit; nothing counts how many there are."""

    SECTOR = "sector"
    UPPER = "upper"
    GRASSROOTS = "grassroots"
    SECTION = "section"
    GROUP = "group"


class Unit(Base):
    """A union: of a sector, a corporation, an enterprise, a workshop, a team."""

    __tablename__ = "unit"
    __table_args__ = (Index("ix_unit_path", "path"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200))
    kind: Mapped[UnitKind] = mapped_column(words_column(UnitKind, "unit_kind"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    #: "/1/5/9/": the ids from the top down to this unit; a subtree is a range of paths.
    path: Mapped[str] = mapped_column(PathText, default="")
    #: What a poster says to those who cannot scan it.
    join_code: Mapped[str] = mapped_column(String(12), unique=True)
    members: Mapped[int | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


# What each column may hold of a person.
declare(
    "unit",
    {
        MayHold.NOTHING: "id code name name_folded kind parent_id path join_code members valid_from valid_until"
    },
)
