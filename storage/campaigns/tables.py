"""The tables of campaigns: what was agreed, the targets of each unit, the days off."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment


class CampaignKind(enum.StrEnum):
    """How long the drive is, and so which steps its template has."""

    PEAK_WEEK = "peak_week"
    PEAK_MONTH = "peak_month"


class CampaignState(enum.StrEnum):
    """Where a campaign is."""

    #: Agreed on; it begins on its first day.
    PLANNED = "planned"
    RUNNING = "running"
    #: Over: by its last day, or earlier by an officer.
    ENDED = "ended"
    #: Taken back before it began.
    CANCELLED = "cancelled"


class Campaign(Base):
    """A peak week or peak month of a unit and all below it."""

    __tablename__ = "campaign"
    __table_args__ = (
        Index("ix_campaign_unit_id_starts", "unit_id", "starts"),
        Index("ix_campaign_state", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[CampaignKind] = mapped_column(words_column(CampaignKind, "campaign_kind"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"))
    starts: Mapped[date]
    ends: Mapped[date]
    state: Mapped[CampaignState] = mapped_column(words_column(CampaignState, "campaign_state"))
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    #: The reminder plan: see ``bot.services.campaigns.plan.Step``.
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_open(self) -> bool:
        """Whether it is still to come, or running."""
        return self.state in (CampaignState.PLANNED, CampaignState.RUNNING)


class CampaignTarget(Base):
    """How many initiatives a unit, with all below it, is to bring while the campaign runs."""

    __tablename__ = "campaign_target"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    number: Mapped[int]


class DayOff(Base):
    """A day on which nobody is reminded of anything, such as the days of Tết."""

    __tablename__ = "day_off"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


# What each column may hold of a person.
declare(
    "campaign",
    {
        MayHold.NOTHING: "id kind unit_id phase_id starts ends state paused_at created_at ended_at",
        MayHold.WHO: "created_by",
        MayHold.WORDS: "name steps",
    },
)
declare("campaign_target", {MayHold.NOTHING: "campaign_id unit_id number"})
declare("day_off", {MayHold.NOTHING: "day name"})
