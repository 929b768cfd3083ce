"""The table of progress day by day."""

from datetime import date

from sqlalchemy import (
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.registry import MayHold, declare


class DailyCount(Base):
    """What a unit with all below it had in a phase at the end of a day: the line of progress, day by day.

    Without opening balances: what a unit brought before the bot counted is nobody's gain, whenever it is told.
    """

    __tablename__ = "daily_count"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    submitted: Mapped[int]
    approved: Mapped[int]
    recognised: Mapped[int]
    recorded: Mapped[int]


# What each column may hold of a person.
declare("daily_count", {MayHold.NOTHING: "unit_id phase_id day submitted approved recognised recorded"})
