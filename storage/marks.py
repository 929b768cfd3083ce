"""The table of facts about the whole database."""

from typing import Any

from sqlalchemy import (
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.types import Json


class Mark(Base):
    """A fact about the whole database, such as that it holds a demo."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)
