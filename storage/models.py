"""The tables. Names are the field's words; rules live in the services, not here."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.types import Json, Moment, PathText

#: SQLite numbers rows itself only for a plain INTEGER key.
Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def words_column(kind: type[enum.StrEnum], name: str) -> Enum:
    """A column for the words of an enumeration. Kept as text, so that a new word is no migration."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


# ---------------------------------------------------------------- the union and its programme


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
    #: What this programme asks and checks: see ``bot.services.programmes.ProgrammeRules``.
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


# ---------------------------------------------------------------- people


class Shift(enum.StrEnum):
    """When somebody works."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    NIGHT = "night"
    OFFICE = "office"


class Person(Base):
    """Somebody who talks to the bot, or whom an administrator's list named. ``registered_at`` is empty for a guest."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_unit_id_name_folded", "unit_id", "name_folded"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    name_folded: Mapped[str] = mapped_column(String(100), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: The enterprise's own number for the person, for imports that can be repeated.
    staff_code: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(5), default="vi")
    born: Mapped[date | None]
    workplace: Mapped[str | None] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(200))
    qualification: Mapped[str | None] = mapped_column(String(200))
    #: When they work, and so when they sleep; empty when nobody asked.
    shift: Mapped[Shift | None] = mapped_column(words_column(Shift, "shift"))
    #: Since when they want no reminders of campaigns.
    reminders_off_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Since when they agree to be named when people are thanked; empty when they do not.
    named_since: Mapped[datetime | None] = mapped_column(Moment)
    #: Where they want to be told things; empty: where they wrote last.
    notify_channel: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(Moment)
    registered_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class Account(Base):
    """A person's place on one messenger (or the web). One person may have several."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: Where to write to; for a private chat mostly the same as ``external_id``.
    chat_id: Mapped[str] = mapped_column(String(64))
    #: Since when nothing can be delivered (blocked, deactivated); empty when reachable.
    unreachable_since: Mapped[datetime | None] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    #: Since when the messenger lets nobody write here before they write again; empty when it does not say so.
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Counts the changes of a web chat's transcript; see ``storage.transcript``.
    transcript_rev: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Where there are no buttons: the list that is pending here, ``bot.conversation.numbered.Menu`` as JSON.
    menu: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: There too: the number of the last notice with choices, so that no code is used twice.
    last_offer: Mapped[int] = mapped_column(default=0, server_default="0")


class ConsentSubject(enum.StrEnum):
    """What somebody was asked to agree to."""

    #: That their data is held.
    DATA = "data"
    #: That they are named when people are thanked.
    NAMED = "named"


class Consent(Base):
    """Evidence of what a person was told about their data, and what they answered."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subject: Mapped[ConsentSubject] = mapped_column(
        words_column(ConsentSubject, "consent_subject"), default=ConsentSubject.DATA
    )
    given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)
    channel: Mapped[str] = mapped_column(String(20))
    #: The identity of the message in which the person answered.
    update_key: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5))
    #: The very words that were shown.
    words: Mapped[str] = mapped_column(Text)


class Role(enum.StrEnum):
    """What a person may do beyond submitting, in a unit and all below it."""

    SUPPORT = "support"
    OFFICER = "officer"


class RoleGrant(Base):
    """A role given to a person in a unit; kept after it is taken back."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_active",
            "person_id",
            "unit_id",
            "role",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_role_grant_unit_id_role", "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[Role] = mapped_column(words_column(Role, "role"))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class PassKind(enum.StrEnum):
    """What a one-time code opens."""

    #: Makes who uses it a member of a unit, or gives a role there.
    INVITE = "invite"
    #: Signs a person in on another device or messenger.
    DEVICE = "device"
    #: Binds a group chat to a unit's support team.
    GROUP = "group"
    #: Makes the browser in which it is opened a kiosk of a unit.
    KIOSK = "kiosk"


class Pass(Base):
    """A code that opens something once (or a number of times) before it lapses. Only its digest is kept."""

    __tablename__ = "pass"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[PassKind] = mapped_column(words_column(PassKind, "pass_kind"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[Role | None] = mapped_column(words_column(Role, "role"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    uses_left: Mapped[int]


class WrongCode(Base):
    """Somebody typed a code that opens nothing. It names no account's row, since leaving takes that away."""

    __tablename__ = "wrong_code"
    __table_args__ = (Index("ix_wrong_code_account", "channel", "account_external_id", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account_external_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


class Kiosk(Base):
    """A browser that is shared at a workshop: its people come one after another, each with a session of their own.

    The cookie's token is kept only as a digest.
    """

    __tablename__ = "kiosk"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    #: Whose members come here.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: What the browser calls itself, to tell several apart.
    label: Mapped[str] = mapped_column(String(80))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    #: When somebody began here last.
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Device(Base):
    """A browser that is signed in. The cookie's token is kept only as a digest."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    #: When it was used last, give or take some hours; at a kiosk, when the screen was touched last.
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    #: The kiosk at which this is somebody's session; empty for a browser of one's own.
    kiosk_id: Mapped[int | None] = mapped_column(ForeignKey("kiosk.id"), index=True)


class TeamChat(Base):
    """A group chat in which a unit's support team gets its cards."""

    __tablename__ = "team_chat"
    __table_args__ = (UniqueConstraint("channel", "chat_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    chat_id: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    bound_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bound_at: Mapped[datetime] = mapped_column(Moment)
    unreachable_since: Mapped[datetime | None] = mapped_column(Moment)


# ---------------------------------------------------------------- conversations


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


# ---------------------------------------------------------------- initiatives


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


class Media(Base):
    """A picture or document in our own store, found by the digest of its bytes."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)


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


class Event(Base):
    """The audit trail: who did what to what, when. An initiative's history is its events."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_initiative_id_id", "initiative_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    #: Empty for what an administrator or the bot itself did.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


# ---------------------------------------------------------------- what the bot still has to say


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
    #: The process that claimed it last: see ``storage.processes``.
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


class Mark(Base):
    """A fact about the whole database, such as that it holds a demo."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)
