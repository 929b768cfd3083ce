"""The tables of conversations: forms in progress, drafts, updates that came in, chats on the web."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

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


class StoredForm(TypedDict, total=False):
    """A form in progress as it is stored (``bot.conversation.forms.FormState``); what is empty is left out."""

    form: str
    tag: str
    step: str
    answers: dict[str, Any]
    skipped: Sequence[str]
    mending: bool
    parts: Sequence[str]
    candidates: Sequence[Any]
    readback: Sequence[str]
    page: int
    about: dict[str, Any]
    version: int


class Conversation(Base):
    """Where a person is in talking to the bot: the form in progress, on whichever channel it goes on."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index(
            "ix_conversation_account_id",
            "account_id",
            sqlite_where=text("account_id IS NOT NULL"),
            postgresql_where=text("account_id IS NOT NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    #: ``bot.conversation.forms.FormState`` as JSON; empty when no form is open.
    form: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: Where the form's current question was shown: what is written elsewhere does not answer it. Empty without a form.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(Moment)


class Draft(Base):
    """A form that was left half-way and can be taken up again."""

    __tablename__ = "draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    form_name: Mapped[str] = mapped_column(String(20), primary_key=True)
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class Offer(Base):
    """The choices of a notice where there are no buttons: they are pressed by a code, ``#12a`` for the first of 12."""

    __tablename__ = "offer"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: What is typed behind the number, what the choice says, and its action: ``[["a", "...", "..."], ...]``.
    choices: Mapped[list[list[str]]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(Moment)


class InboxState(enum.StrEnum):
    """How far an update has come."""

    #: Stored, to be worked on (its files are still to be fetched).
    ACCEPTED = "accepted"
    #: Its change is committed; the answer may not have left yet.
    DONE = "done"
    #: The answer left.
    ANSWERED = "answered"


class Inbox(Base):
    """Each update that came in, once: what makes a redelivered one harmless, and a lost answer noticed."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "ix_inbox_open",
            "state",
            "received_at",
            sqlite_where=text("state <> 'answered'"),
            postgresql_where=text("state <> 'answered'"),
        ),
        Index("ix_inbox_received_at", "received_at"),
    )

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    update_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_external_id: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[InboxState] = mapped_column(words_column(InboxState, "inbox_state"))
    #: The update itself while it is only accepted; nothing afterwards.
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Moment)


class TranscriptLine(Base):
    """One bubble of a web chat. ``rev`` grows with each change in the chat, so a browser asks for what is newer."""

    __tablename__ = "transcript_line"
    __table_args__ = (Index("ix_transcript_line_account_id_rev", "account_id", "rev"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    rev: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[str] = mapped_column(String(4))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Moment)


# What each column may hold of a person.
declare("conversation", {MayHold.OWN: "person_id account_id updated_at", MayHold.WORDS: "form"})
declare("draft", {MayHold.OWN: "person_id form_name updated_at", MayHold.WORDS: "form"})
declare(
    "inbox",
    {
        MayHold.NOTHING: "channel update_key state received_at",
        MayHold.OWN: "account_external_id chat_id body",
    },
)
declare("offer", {MayHold.OWN: "account_id number made_at", MayHold.WORDS: "choices"})
declare("transcript_line", {MayHold.OWN: "id account_id rev side at", MayHold.WORDS: "body"})
