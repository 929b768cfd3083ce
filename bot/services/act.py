"""One thing that somebody does: who, when, in which transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import local_date
from storage.engine import Session
from storage.trail import Event


@dataclass(frozen=True, slots=True)
class Act:
    """What a service needs to know about the moment. ``actor_id`` is empty for the administrator's command line."""

    session: Session
    now: datetime
    actor_id: int | None
    #: Who made the code by which the actor came in here, when that was somebody else. It is in all that is recorded.
    by_code_of: int | None = None

    @property
    def today(self) -> date:
        """The calendar day where the units are."""
        return local_date(self.now)

    def record(
        self,
        kind: str,
        *,
        initiative_id: int | None = None,
        unit_id: int | None = None,
        person_id: int | None = None,
        **details: Any,  # noqa: ANN401 - JSON
    ) -> Event:
        """Write the audit trail: this act did ``kind``. Gives the event, which has its id once the session is flushed."""
        event = Event(
            at=self.now,
            actor_id=self.actor_id,
            kind=kind,
            initiative_id=initiative_id,
            unit_id=unit_id,
            person_id=person_id,
            details={**details, "by_code_of": self.by_code_of} if self.by_code_of else details,
        )
        self.session.add(event)
        return event
