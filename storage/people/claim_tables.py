"""The tables of what people say that they are, and of what they ask of whoever holds their data."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Id, words_column
from storage.registry import MayHold, declare
from storage.types import Json, Moment


class RequestKind(enum.StrEnum):
    """What people may ask of whoever holds their data (Law 91/2025/QH15)."""

    #: Consent is withdrawn: nothing more is done with their data.
    WITHDRAW = "withdraw"
    #: It is kept, and not used for now.
    RESTRICT = "restrict"
    #: Not to be written to in masses, nor named.
    OBJECT = "object"


class RequestState(enum.StrEnum):
    """How far the answer is."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class DataRequest(Base):
    """What somebody asks of whoever holds their data, with the clock that the law sets."""

    __tablename__ = "data_request"
    __table_args__ = (
        Index("ix_data_request_person_id", "person_id"),
        Index("ix_data_request_state_answer_until", "state", "answer_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: Whose officers answer it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[RequestKind] = mapped_column(words_column(RequestKind, "request_kind"))
    state: Mapped[RequestState] = mapped_column(words_column(RequestState, "request_state"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    #: Until then it is answered, and until then carried out.
    answer_until: Mapped[datetime] = mapped_column(Moment)
    done_until: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: What the officer said.
    words: Mapped[str] = mapped_column(Text, default="")


class WrongStaffNumber(Base):
    """Somebody gave a staff number that is not that of the place on a list that they claimed."""

    __tablename__ = "wrong_number"
    __table_args__ = (
        Index("ix_wrong_number_unit_id_name_folded", "unit_id", "name_folded", "at"),
        Index("ix_wrong_number_origin", "origin", "at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name_folded: Mapped[str] = mapped_column(String(100))
    #: Where it was given: an address of the web, or an account of a messenger.
    origin: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class ClaimState(enum.StrEnum):
    """What has become of a claim."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    UNDONE = "undone"


class PersonClaim(Base):
    """What somebody says that they are: it opens nothing until who knows them says so."""

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_person_id", "person_id"),
        Index("ix_claim_unit_id_state", "unit_id", "state"),
        Index(
            "uq_claim_waiting",
            "kind",
            "person_id",
            "subject",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: Which kind; each is declared in its domain.
    kind: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: Whose team answers it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    #: What is claimed: the id of a row, of which table the kind says.
    subject: Mapped[int] = mapped_column(Id)
    state: Mapped[ClaimState] = mapped_column(words_column(ClaimState, "claim_state"))
    #: What undoing it needs.
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    made_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)


# What each column may hold of a person.
declare(
    "claim",
    {
        MayHold.OWN: "id kind person_id unit_id subject state details made_at decided_at",
        MayHold.WHO: "decided_by",
    },
)
declare(
    "data_request",
    {
        MayHold.OWN: "id person_id unit_id kind state made_at answer_until done_until answered_at words",
        MayHold.WHO: "answered_by",
    },
)
declare("wrong_number", {MayHold.OWN: "id unit_id name_folded origin at"})
