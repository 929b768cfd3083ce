"""The tables of people: who they are, where they are reached, what they may do, what they agreed to."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment


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
    #: How many photos and documents they gave on the day on which they last did, and how many bytes those have.
    kept_on: Mapped[date | None]
    kept_files: Mapped[int] = mapped_column(default=0, server_default="0")
    kept_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Moment)
    registered_at: Mapped[datetime | None] = mapped_column(Moment)
    #: Since when the unit's own people say that they are of it; empty for who only said so themselves.
    member_since: Mapped[datetime | None] = mapped_column(Moment)
    #: Since when their data is kept and not used, as they asked.
    restricted_since: Mapped[datetime | None] = mapped_column(Moment)
    #: Who they turned out to be: this row is empty, and what it did in the trail was done by that person.
    became: Mapped[int | None] = mapped_column(Id)
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
    #: Counts the changes of a web chat's transcript; see ``storage.conversation.transcript``.
    transcript_rev: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Where there are no buttons: the list that is pending here, ``bot.conversation.numbered.Menu`` as JSON.
    menu: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: There too: the number of the last notice with choices, so that no code is used twice.
    last_offer: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Counts how often whoever is here became somebody else, or more: a device of before is signed out.
    identity_rev: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Who made the code that opened it, when that was not the person: it may do less until they confirm it elsewhere.
    by_code_of: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


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
    #: For which of its account's identities it was signed in; no other one may be used with it.
    identity_rev: Mapped[int] = mapped_column(default=0, server_default="0")
    #: The digest until it was changed last; with which update (the browser's own key) that was; and when.
    digest_before: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    changed_with: Mapped[str | None] = mapped_column(String(40))
    changed_at: Mapped[datetime | None] = mapped_column(Moment)


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


# What each column may hold of a person.
declare(
    "account",
    {
        MayHold.WHO: "by_code_of",
        MayHold.OWN: "id channel external_id person_id chat_id unreachable_since last_seen_at closed_at transcript_rev"
        " menu last_offer identity_rev",
    },
)
declare("consent", {MayHold.EVIDENCE: "id person_id subject given at channel update_key language words"})
declare(
    "device",
    {
        MayHold.OWN: "id account_id digest label created_at last_seen_at kiosk_id identity_rev digest_before"
        " changed_with changed_at"
    },
)
declare(
    "kiosk",
    {
        MayHold.NOTHING: "id digest unit_id label made_at last_used_at revoked_at",
        MayHold.WHO: "made_by revoked_by",
    },
)
declare(
    "pass",
    {
        MayHold.NOTHING: "id digest kind unit_id role created_at expires_at uses_left",
        MayHold.OWN: "person_id",
        MayHold.WHO: "created_by",
    },
)
declare(
    "person",
    {
        MayHold.NOTHING: "id created_at erased_at",
        MayHold.OWN: "name name_folded unit_id staff_code language born workplace title qualification shift"
        " reminders_off_at named_since notify_channel kept_on kept_files kept_bytes registered_at member_since restricted_since",
        MayHold.WHO: "became",
    },
)
declare(
    "role_grant",
    {
        MayHold.NOTHING: "id unit_id role granted_at revoked_at",
        MayHold.WHO: "person_id granted_by revoked_by",
    },
)
declare(
    "team_chat",
    {
        MayHold.NOTHING: "id channel chat_id unit_id bound_at unreachable_since",
        MayHold.WHO: "bound_by",
    },
)
declare("wrong_code", {MayHold.OWN: "id channel account_external_id at"})
