"""The tables of programmes, with their phases, targets and kept counts, and of initiatives."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment


class CountedState(enum.StrEnum):
    """Which of the three yeses a target counts."""

    APPROVED = "approved"
    RECOGNISED = "recognised"
    RECORDED = "recorded"


class Programme(Base):
    """A drive with dates and a target, such as the million initiatives."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    starts: Mapped[date]
    ends: Mapped[date]
    counts: Mapped[CountedState] = mapped_column(words_column(CountedState, "counted_state"))
    #: What this programme asks and checks: see ``bot.services.initiatives.programmes.ProgrammeRules``.
    rules: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Phase(Base):
    """A stretch of a programme with a target of its own."""

    __tablename__ = "phase"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    starts: Mapped[date]
    ends: Mapped[date]


class Target(Base):
    """How many initiatives a unit, with all below it, is to bring in a phase."""

    __tablename__ = "target"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), primary_key=True)
    number: Mapped[int]


class OpeningBalance(Base):
    """What a unit itself brought in a phase before this bot kept the count, as a sheet states it."""

    __tablename__ = "opening_balance"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), primary_key=True)
    number: Mapped[int]
    benefit: Mapped[int] = mapped_column(BigInteger, default=0)


class Tally(Base):
    """The kept counts of a unit with all below it, in a phase. Each change of an initiative adds to all above it."""

    __tablename__ = "tally"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), primary_key=True)
    submitted: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    recognised: Mapped[int] = mapped_column(default=0)
    recorded: Mapped[int] = mapped_column(default=0)
    #: From opening balances: counts as whichever state the programme counts.
    opening: Mapped[int] = mapped_column(default=0)
    #: VND a year, of what is approved, and of opening balances.
    benefit: Mapped[int] = mapped_column(BigInteger, default=0)


class Serial(Base):
    """The last number given out in a series, such as initiative codes of a year."""

    __tablename__ = "serial"

    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int]


class InitiativeState(enum.StrEnum):
    """Where the support team's check stands. Recognition and recording are other yeses, with columns of their own."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Initiative(Base):
    """One improvement, as it was submitted and last mended."""

    __tablename__ = "initiative"
    __table_args__ = (
        Index("ix_initiative_queue", "unit_id", "state", "due_at"),
        Index("ix_initiative_due", "state", "due_at"),
        Index("ix_initiative_unit_names", "unit_id", "id"),
        CheckConstraint("revision >= 1", name="revision"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phase.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[InitiativeState] = mapped_column(words_column(InitiativeState, "initiative_state"))
    #: Grows with each mending, so that a card of an older text can decide nothing.
    revision: Mapped[int] = mapped_column(default=1)

    name: Mapped[str] = mapped_column(String(300))
    name_folded: Mapped[str] = mapped_column(String(300))
    content: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(40))
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    situation_before: Mapped[str | None] = mapped_column(Text)
    conditions: Mapped[str | None] = mapped_column(Text)
    first_applied: Mapped[date]
    #: "day", "month" or "year": how exactly the author knew the date.
    first_applied_precision: Mapped[str] = mapped_column(String(5), default="day")
    #: VND a year; empty when unknown or when it cannot be computed in money.
    benefit: Mapped[int | None] = mapped_column(BigInteger)
    benefit_in_money: Mapped[bool | None]
    benefit_words: Mapped[str | None] = mapped_column(Text)
    #: Empty when nobody answered.
    confidential: Mapped[bool | None]
    participants: Mapped[str | None] = mapped_column(Text)

    #: Evidence: set once, never changed.
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    #: By when the support team is to have checked it.
    due_at: Mapped[datetime] = mapped_column(Moment)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Why it was returned or rejected: {"reasons": [...], "fields": [...], "words": "..."}.
    decision: Mapped[dict[str, Any] | None] = mapped_column(Json)
    recognised_no: Mapped[str | None] = mapped_column(String(80))
    recognised_on: Mapped[date | None] = mapped_column(Date)
    recorded_on: Mapped[date | None] = mapped_column(Date)


class Author(Base):
    """Somebody with a share of an initiative. Those who never talked to the bot have no ``person_id``."""

    __tablename__ = "author"
    __table_args__ = (
        UniqueConstraint("initiative_id", "position"),
        Index(
            "ix_author_nobody_yet",
            "name_folded",
            sqlite_where=text("person_id IS NULL"),
            postgresql_where=text("person_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"))
    position: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    name_folded: Mapped[str] = mapped_column(String(100), default="")
    born: Mapped[date | None]
    workplace: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(200))
    qualification: Mapped[str | None] = mapped_column(String(200))
    #: Hundredths of a percent; one initiative's shares total 10000.
    share: Mapped[int]


class Attachment(Base):
    """A picture or document of an initiative."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("initiative_id", "position"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"))
    position: Mapped[int]
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    name: Mapped[str] = mapped_column(String(200))
    is_picture: Mapped[bool]


# What each column may hold of a person.
declare("attachment", {MayHold.NOTHING: "id initiative_id position is_picture", MayHold.OWN: "media_id name"})
declare(
    "author",
    {
        MayHold.NOTHING: "id initiative_id position share",
        MayHold.OWN: "person_id born workplace title qualification",
        MayHold.WORDS: "name name_folded",
    },
)
declare(
    "initiative",
    {
        MayHold.NOTHING: "id code programme_id phase_id unit_id state revision field topics first_applied"
        " first_applied_precision benefit benefit_in_money confidential submitted_at due_at claimed_until decided_at"
        " recognised_no recognised_on recorded_on",
        MayHold.WHO: "entered_by claimed_by decided_by",
        MayHold.WORDS: "name name_folded content situation_before conditions benefit_words participants decision",
    },
)
declare("opening_balance", {MayHold.NOTHING: "unit_id phase_id number benefit"})
declare("phase", {MayHold.NOTHING: "id programme_id code name starts ends"})
declare("programme", {MayHold.NOTHING: "id code name unit_id starts ends counts rules"})
declare("serial", {MayHold.NOTHING: "series last"})
declare("tally", {MayHold.NOTHING: "unit_id phase_id submitted approved recognised recorded opening benefit"})
declare("target", {MayHold.NOTHING: "unit_id phase_id number"})
