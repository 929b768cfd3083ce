"""What the picture of a unit's progress shows."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A unit right below: what counts there, and its target (None or 0: none was given)."""

    name: str
    count: int
    target: int | None

    @property
    def part(self) -> float | None:
        """Count by target."""
        return self.count / self.target if self.target and self.target > 0 else None


@dataclass(frozen=True, slots=True)
class DayPoint:
    """How many initiatives began to count on one day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What the picture shows. ``as_of`` is in the unit's zone; ``rows`` stand in the order given.

    ``pace_needed`` is initiatives a day from today on, None where there is no target or no day left.
    ``days`` are the counts of single days in order; what they lack of ``count`` was there before them.
    """

    unit_name: str
    phase_name: str
    as_of: datetime
    count: int
    target: int | None
    pace_needed: float | None
    per_member: float | None
    benefit_vnd: int
    rows: tuple[ProgressRow, ...]
    days: tuple[DayPoint, ...] = ()
    starts: date | None = None
    ends: date | None = None
