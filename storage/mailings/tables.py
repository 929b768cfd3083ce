"""The tables of mailings: one message to many people, and how far each of them has come."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment


class MailingState(enum.StrEnum):
    """How far a mailing has come."""

    #: Written, and looked over by its author; nothing is sent.
    DRAFT = "draft"
    #: A large broadcast waits for a second officer's yes.
    UNAGREED = "unagreed"
    #: It waits for its moment.
    PLANNED = "planned"
    #: Its rows are being made.
    MAKING = "making"
    #: Its rows are being sent.
    GOING = "going"
    DONE = "done"
    CANCELLED = "cancelled"
    #: Its moment passed without sense in sending it; ``reason`` says why.
    SKIPPED = "skipped"


class Mailing(Base):
    """One message to many people."""

    __tablename__ = "mailing"
    __table_args__ = (
        Index("ix_mailing_state_due_at", "state", "due_at"),
        Index("ix_mailing_campaign_id", "campaign_id"),
        Index("ix_mailing_unit_id_created_at", "unit_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: For example ``campaign:3:last_day``: the same moment is never planned twice.
    key: Mapped[str] = mapped_column(String(120), unique=True)
    lane: Mapped[int]
    #: Which words; the words themselves are made when it is sent, in the reader's language.
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Whom it is for: see ``storage.mailings.audience.Audience``.
    audience: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    state: Mapped[MailingState] = mapped_column(words_column(MailingState, "mailing_state"))
    reason: Mapped[str | None] = mapped_column(String(60))
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    #: What has not left by then makes no sense any more.
    until: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    #: The last person whose row was considered.
    made_to: Mapped[int] = mapped_column(Id, default=0)
    #: Counts of its rows. A row that none of the others counts still waits or is on its way.
    total: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)

    @property
    def left(self) -> int:
        """How many still wait or are on their way."""
        return self.total - self.sent - self.blocked - self.failed - self.uncertain - self.skipped


class DeliveryState(enum.StrEnum):
    """How far one person's message has come."""

    PENDING = "pending"
    #: Claimed: it may leave at any moment.
    SENDING = "sending"
    SENT = "sent"
    #: It may have arrived; it is never repeated by itself.
    UNCERTAIN = "uncertain"
    BLOCKED = "blocked"
    FAILED = "failed"
    #: A rule held it back; ``error`` says which.
    SKIPPED = "skipped"


#: The states that are counted in a mailing.
FINAL = (
    DeliveryState.SENT,
    DeliveryState.BLOCKED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
)


class Delivery(Base):
    """A mailing's message to one person."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_again",
            "mailing_id",
            "not_before",
            sqlite_where=text("state = 'pending' AND not_before IS NOT NULL"),
            postgresql_where=text("state = 'pending' AND not_before IS NOT NULL"),
        ),
        Index(
            "ix_delivery_sending",
            "claimed_by",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        {"sqlite_with_rowid": False},
    )

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(words_column(DeliveryState, "delivery_state"))
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    #: The process that claimed it last: see ``storage.delivery.processes``.
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    channel: Mapped[str | None] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(String(100))


class Reminded(Base):
    """A person was reminded on a day: no campaign may do it again on that day."""

    __tablename__ = "reminded"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    #: By which mailing: it may be tried again when it surely did not leave.
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"))


# What each column may hold of a person.
declare(
    "delivery",
    {
        MayHold.NOTHING: "mailing_id state not_before claimed_by sent_at channel error",
        MayHold.WHO: "person_id",
    },
)
declare(
    "mailing",
    {
        MayHold.NOTHING: "id key lane kind audience unit_id campaign_id state reason paused_at due_at until created_at"
        " started_at ended_at made_to total sent blocked failed uncertain skipped",
        MayHold.WHO: "created_by agreed_by",
        MayHold.WORDS: "details",
    },
)
declare("reminded", {MayHold.NOTHING: "day mailing_id", MayHold.WHO: "person_id"})
