"""One thing that somebody does: who, when, in which transaction."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import local_date
from storage.engine import Session
from storage.sealing import words_digest
from storage.trail import Event, EventWords

#: What of an event's details anybody said or is called by: it is kept apart, so that it can be erased.
_SAID = frozenset({"words", "name", "before", "after", "operator"})


@dataclass(frozen=True, slots=True)
class Act:
    """What a service needs to know about the moment. ``actor_id`` is empty for the administrator's command line."""

    session: Session
    now: datetime
    actor_id: int | None
    #: Who made the code by which the actor came in here, when that was somebody else. It is in all that is recorded.
    by_code_of: int | None = None
    #: At the command line: the system's user, and the name that was given.
    operator: str = ""

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
        """Write the audit trail: this act did ``kind``. Gives the event, which has its id once the session is flushed.

        ``words``, ``name``, ``before`` and ``after`` are what people said or are called: they stand beside the event, where
        an erasure can take them away.
        """
        if self.by_code_of is not None:
            details["by_code_of"] = self.by_code_of
        if self.operator:
            details["operator"] = self.operator
        said = {name: details.pop(name) for name in _SAID & details.keys()}
        said = {name: value for name, value in said.items() if value not in ("", None)}
        event = Event(
            at=self.now,
            actor_id=self.actor_id,
            kind=kind,
            initiative_id=initiative_id,
            unit_id=unit_id,
            person_id=person_id,
            details=details,
        )
        if said:
            salt = os.urandom(16)
            event.words_digest = words_digest(salt, said)
            event.said = EventWords(salt=salt, words=said)
        self.session.add(event)
        return event
