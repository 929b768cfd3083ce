"""The table of pictures and documents in our own store."""

from datetime import datetime

from sqlalchemy import (
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.types import Moment


class Media(Base):
    """A picture or document in our own store, found by the digest of its bytes."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
