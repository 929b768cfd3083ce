"""The table of the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id
from storage.types import Json, Moment


class Event(Base):
    """The audit trail: who did what to what, when. An initiative's history is its events."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_initiative_id_id", "initiative_id", "id"),
        Index("ix_event_actor_id_kind", "actor_id", "kind"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    #: Empty for what an administrator or the bot itself did.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
