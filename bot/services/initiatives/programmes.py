"""The programme: its phases, what it asks and what it checks."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from bot.services.initiatives.fields import ALWAYS_REQUIRED, REQUIRABLE
from bot.services.initiatives.lists import Listed, usual
from storage.engine import Session
from storage.initiatives import programmes as stored
from storage.initiatives.tables import CountedState, Programme


class ProgrammeRules(BaseModel):
    """What a programme asks and checks; every number of the rules is here and can be set for each programme.

    Defaults are those of the million-initiatives programme; the periods are those of Circular 18/2013/TT-BKHCN
    (formal check within one month, filing within one year of first application).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Fields of the submission that cannot be skipped.
    #: Always among them: what an initiative cannot be without (Circular 18/2013/TT-BKHCN, Annex I).
    required: tuple[str, ...] = ALWAYS_REQUIRED
    fields: tuple[Listed, ...] = usual("technical", "management", "operation", "technology", "research")
    topics: tuple[Listed, ...] = usual("safety", "environment", "saving", "quality", "conditions")
    return_reasons: tuple[Listed, ...] = usual("unclear", "benefit", "photos", "authors", "dates", "other")
    reject_reasons: tuple[Listed, ...] = usual(
        "duplicate", "not_new", "not_applied", "against_order", "protected", "other"
    )
    #: First application must lie within the programme's dates.
    applied_within_programme: bool = True
    #: Days after first application within which it is to be filed; None for no limit.
    file_within_days: int | None = 365
    #: Days for the support team's check.
    check_within_days: int = 30
    #: Days before the end of that when a card counts as nearly late.
    nearly_late_days: int = 7
    #: How alike (0 to 100) an earlier initiative must be to be shown before sending.
    similar_from: int = 82
    #: Minutes that a claim lasts, and in which a decision can be undone.
    claim_minutes: int = 30
    undo_minutes: int = 10

    @field_validator("required")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in REQUIRABLE]
        if unknown:
            raise ValueError(f"no such field: {', '.join(unknown)}; there are {', '.join(REQUIRABLE)}")
        return tuple(dict.fromkeys((*ALWAYS_REQUIRED, *names)))


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase."""

    id: int
    code: str
    name: str
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """A programme with its phases in order."""

    id: int
    code: str
    name: str
    unit_id: int
    unit_path: str
    starts: date
    ends: date
    counts: CountedState
    rules: ProgrammeRules
    phases: tuple[PhaseView, ...]

    def phase_on(self, day: date) -> PhaseView | None:
        """The phase that a day falls in."""
        return next((phase for phase in self.phases if phase.starts <= day <= phase.ends), None)


class ProgrammeBook:
    """All programmes, read once and looked up on every message. Read again by :meth:`refresh`.

    A cache of rows that only the administrator's command line changes; a running bot notices within
    ``REREAD_SECONDS``.
    """

    REREAD_SECONDS = 15

    def __init__(self, programmes: Sequence[ProgrammeView] = ()) -> None:
        """Mostly made by :meth:`read`."""
        self._programmes = tuple(programmes)
        self._read_at = time.monotonic()

    @property
    def is_stale(self) -> bool:
        """Whether it is time to read again."""
        return time.monotonic() - self._read_at > self.REREAD_SECONDS

    async def refresh(self, session: Session) -> None:
        """Read all programmes."""
        self._programmes = await _read(session)
        self._read_at = time.monotonic()

    def all(self) -> tuple[ProgrammeView, ...]:
        """All of them, the latest first."""
        return self._programmes

    def by_id(self, programme_id: int) -> ProgrammeView:
        """One of them. Raises KeyError."""
        for programme in self._programmes:
            if programme.id == programme_id:
                return programme
        raise KeyError(programme_id)

    def for_unit(self, path: str, day: date) -> ProgrammeView | None:
        """The programme that a unit (by its path) takes part in on a day; else the last one it took part in."""
        mine = [programme for programme in self._programmes if path.startswith(programme.unit_path)]
        running = [programme for programme in mine if programme.starts <= day <= programme.ends]
        return next(iter(running or mine), None)

    def with_phase(self, phase_id: int) -> ProgrammeView | None:
        """The programme that a phase belongs to."""
        return next(
            (one for one in self._programmes if any(phase.id == phase_id for phase in one.phases)), None
        )


async def _read(session: Session) -> tuple[ProgrammeView, ...]:
    phases: dict[int, list[PhaseView]] = {}
    for phase in await stored.phases(session):
        phases.setdefault(phase.programme_id, []).append(
            PhaseView(phase.id, phase.code, phase.name, phase.starts, phase.ends)
        )
    return tuple(
        _view(programme, unit.path, phases.get(programme.id, []))
        for programme, unit in await stored.with_units(session)
    )


def _view(row: Programme, path: str, phases: Sequence[PhaseView]) -> ProgrammeView:
    return ProgrammeView(
        id=row.id,
        code=row.code,
        name=row.name,
        unit_id=row.unit_id,
        unit_path=path,
        starts=row.starts,
        ends=row.ends,
        counts=row.counts,
        rules=read_rules(row.rules),
        phases=tuple(phases),
    )


def read_rules(stored: Mapping[str, Any]) -> ProgrammeRules:
    """The rules as stored. Raises ``pydantic.ValidationError`` naming what does not fit."""
    return ProgrammeRules.model_validate(stored)
