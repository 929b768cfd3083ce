"""The tables of the audit trail: what was done, the words of it, and the seals that prove it unchanged.

Events are only ever added: triggers refuse to change or delete one, on both databases. What people said stands beside
them (:class:`EventWords`), where an erasure can take it away; of it the event itself keeps a salted digest. Each event
is sealed a moment after it is committed: a seal holds the hash of the seal before it and of the event, so that no
event can be altered, removed or put between others without breaking the chain (``storage.sealing``).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, ForeignKey, Index, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.base import Base, Id
from storage.registry import MayHold, declare
from storage.types import Json, Moment


class Event(Base):
    """The audit trail: who did what to what, when. An initiative's history is its events."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_initiative_id_id", "initiative_id", "id"),
        Index("ix_event_actor_id_kind", "actor_id", "kind"),
        Index("ix_event_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    #: Empty for what an administrator or the bot itself did. People's ids are no keys: an event outlives its people.
    actor_id: Mapped[int | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(40))
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(Id, index=True)
    #: Nothing that anybody said, and nobody's name.
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Of what was said, with its salt; empty when nothing was.
    words_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    said: Mapped["EventWords | None"] = relationship(lazy="raise", cascade="save-update")


class EventWords(Base):
    """What was said in an event: words, names, what stood there before. It goes when its person is erased."""

    __tablename__ = "event_words"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    #: Empty once something was taken out of the words: they then prove nothing any more.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    words: Mapped[dict[str, Any]] = mapped_column(Json)


class Seal(Base):
    """A link of the chain: the hash of the one before it and of an event."""

    __tablename__ = "seal"

    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(Id, unique=True)
    link: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[datetime] = mapped_column(Moment)


#: Whoever archives says so in a mark of this name, in the transaction in which old events are taken out.
ARCHIVING = "archiving"

_REFUSAL = "the audit trail is only added to"
_WHEN_ARCHIVING = f"EXISTS (SELECT 1 FROM mark WHERE name = '{ARCHIVING}')"  # noqa: S608 - a word of ours


def triggers(dialect: str) -> list[str]:
    """The statements that make both tables only ever grow."""
    made = []
    for table in ("event", "seal"):
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_{verb.lower()}_refused"
            if dialect == "postgresql":
                let = f"IF {_WHEN_ARCHIVING} THEN RETURN OLD; END IF; " if verb == "DELETE" else ""
                refuse = f"BEGIN {let}RAISE EXCEPTION '{_REFUSAL}'; END"
                made += [
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ {refuse} $$ LANGUAGE plpgsql",
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
                ]
            else:
                unless = f"WHEN NOT {_WHEN_ARCHIVING} " if verb == "DELETE" else ""
                made.append(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {unless}"
                    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
                )
    return made


for _dialect in ("sqlite", "postgresql"):
    for _statement in triggers(_dialect):
        event.listen(Base.metadata, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


# What each column may hold of a person.
declare(
    "event",
    {
        MayHold.NOTHING: "id at kind initiative_id unit_id details words_digest",
        MayHold.WHO: "actor_id person_id",
    },
)
declare("event_words", {MayHold.NOTHING: "event_id salt", MayHold.WORDS: "words"})
declare("seal", {MayHold.NOTHING: "seq event_id link sealed_at"})
