"""The tables of what the bot still has to say, and of what it handed out."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment
from storage.vault import SecretText


class Handout(Base):
    """A document made for one person, handed out by a signed address until it lapses."""

    __tablename__ = "handout"
    __table_args__ = (Index("ix_handout_lapses_at", "lapses_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    lapses_at: Mapped[datetime] = mapped_column(Moment)


class SentCount(Base):
    """How many messages went over a messenger in a month, where its plan ends at some number."""

    __tablename__ = "sent_count"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: ``2026-11``, where the units are.
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    number: Mapped[int]


class OutboxState(enum.StrEnum):
    """How far a message has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    #: The process died, or the answer did not come, after the message may have left.
    UNCERTAIN = "uncertain"
    BLOCKED = "blocked"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Lane(enum.IntEnum):
    """Which message goes first. Lower goes first."""

    #: It answers what somebody has just said; it is in no table.
    ANSWER = 0
    DECISION = 1
    REMINDER = 2
    BROADCAST = 3


class Outbox(Base):
    """A message to one recipient, unique by what it is about."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "lane",
            "due_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_outbox_sending",
            "claimed_by",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "ix_outbox_again",
            "again_at",
            sqlite_where=text("state = 'uncertain' AND again_at IS NOT NULL"),
            postgresql_where=text("state = 'uncertain' AND again_at IS NOT NULL"),
        ),
        Index("ix_outbox_about", "about"),
        Index("ix_outbox_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: For example ``initiative:12:approved:3:person:7``.
    key: Mapped[str] = mapped_column(String(120), unique=True)
    #: Which notice it is; the words are made when it is sent, in the reader's language.
    kind: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: For example ``initiative:12``; empty when about nothing in particular.
    about: Mapped[str | None] = mapped_column(String(60))
    #: To a person (on the channel they used last), or to a team's group chat.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    team_chat_id: Mapped[int | None] = mapped_column(ForeignKey("team_chat.id"))
    lane: Mapped[int]
    state: Mapped[OutboxState] = mapped_column(words_column(OutboxState, "outbox_state"))
    due_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    #: The process that claimed it last: see ``storage.delivery.processes``.
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    #: While it is uncertain: when it is to be told once more. Empty when it is not.
    again_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Where it went, so that it can be edited there: channel, chat and the messenger's own reference.
    channel: Mapped[str | None] = mapped_column(String(20))
    chat_id: Mapped[str | None] = mapped_column(String(64))
    message_ref: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(200))


class Bucket(Base):
    """How much of a rate is used up, for all processes together (GCRA: the time at which it is free again).

    On PostgreSQL the table is unlogged: what it holds is worth nothing a minute later.
    """

    __tablename__ = "bucket"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    #: Seconds of the database's clock.
    free_at: Mapped[float]


class Process(Base):
    """A process that is alive, or whose death nobody has noticed yet."""

    __tablename__ = "process"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: Machine and number of the process there, for whoever reads the log.
    name: Mapped[str] = mapped_column(String(80))
    beat_at: Mapped[datetime] = mapped_column(Moment)


class Credential(Base):
    """One service's access, and the single-use token by which the next access is got."""

    __tablename__ = "credential"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: Good for one renewal, which kills it and brings the next one.
    renewal: Mapped[str] = mapped_column(SecretText)
    renewed_at: Mapped[datetime] = mapped_column(Moment)
    access: Mapped[str | None] = mapped_column(SecretText)
    #: Until then the access is used: a little before it ends.
    use_until: Mapped[datetime | None] = mapped_column(Moment)
    #: Somebody tries to renew it since then, and who; nobody else may meanwhile.
    trying_since: Mapped[datetime | None] = mapped_column(Moment)
    trying: Mapped[str | None] = mapped_column(String(32))
    #: The service takes the renewal no more: somebody has to get a new one by hand.
    lost_at: Mapped[datetime | None] = mapped_column(Moment)
    lost_why: Mapped[str | None] = mapped_column(String(200))
    #: Digests of what the settings have given so far: each is taken once.
    given: Mapped[list[str]] = mapped_column(Json)


# What each column may hold of a person.
declare("bucket", {MayHold.NOTHING: "name free_at"})
declare(
    "credential",
    {MayHold.NOTHING: "name renewal renewed_at access use_until trying_since trying lost_at lost_why given"},
)
declare("handout", {MayHold.OWN: "id account_id name content lapses_at"})
declare(
    "outbox",
    {
        MayHold.NOTHING: "id key kind about team_chat_id lane state due_at created_at claimed_by sent_at again_at"
        " attempts error",
        MayHold.WHO: "person_id",
        MayHold.OWN: "channel chat_id message_ref",
        MayHold.WORDS: "details",
    },
)
declare("process", {MayHold.NOTHING: "id name beat_at"})
declare("sent_count", {MayHold.NOTHING: "channel month number"})
