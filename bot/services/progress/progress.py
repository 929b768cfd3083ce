"""How far a unit is: counts against targets, the pace that is needed, and who leads below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from bot.services.act import Act
from bot.services.initiatives.programmes import PhaseView, ProgrammeBook, ProgrammeView
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives.tables import CountedState
from storage.progress import counts
from storage.progress.counts import UnitCount
from storage.units.tables import Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one unit with all below it stands."""

    unit_id: int
    name: str
    count: int
    target: int | None
    members: int | None
    benefit: int
    submitted: int
    approved: int
    recognised: int
    recorded: int
    has_children: bool

    @property
    def part(self) -> float | None:
        """Count by target; None without a target."""
        return self.count / self.target if self.target else None

    @property
    def per_member(self) -> float | None:
        """Count by members; None when nobody said how many there are."""
        return self.count / self.members if self.members else None


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a unit in a phase, or in the whole programme (``phase`` empty)."""

    unit: Standing
    parent_id: int | None
    programme: ProgrammeView
    phase: PhaseView | None
    starts: date
    ends: date
    days_left: int
    #: Initiatives a day from today on to reach the target; None without one, 0 when it is reached.
    pace_needed: float | None
    children: Sequence[Standing]


def standing(row: UnitCount, counted: CountedState) -> Standing:
    """A row of counts, read as the programme counts."""
    return Standing(
        unit_id=row.unit_id,
        name=row.name,
        count=getattr(row, counted.value) + row.opening,
        target=row.target,
        members=row.members,
        benefit=row.benefit,
        submitted=row.submitted,
        approved=row.approved,
        recognised=row.recognised,
        recorded=row.recorded,
        has_children=row.has_children,
    )


def pace(count: int, target: int | None, today: date, starts: date, ends: date) -> tuple[int, float | None]:
    """The days left (today counts), and how many a day are needed for the target."""
    days = (ends - max(today, starts)).days + 1
    left = max(days, 0)
    if not target:
        return left, None
    short = max(target - count, 0)
    if short == 0:
        return left, 0.0
    return left, short / left if left else None


async def may_see(act: Act, unit_id: int) -> bool:
    """Whether the actor may look at a unit. The command line may look at all."""
    unit = await act.session.get(Unit, unit_id)
    if unit is None or act.actor_id is None:
        return unit is not None
    return (await reach(act)).may(Power.SEE_PROGRESS, unit.path)


async def of_unit(act: Act, book: ProgrammeBook, unit_id: int, phase_id: int = 0) -> Progress:
    """The progress of a unit in the programme that it takes part in today; ``phase_id`` 0 is the whole programme.

    Raises :class:`Forbidden`, :class:`Refusal`.
    """
    unit = await act.session.get(Unit, unit_id)
    if unit is None:
        raise Forbidden
    return await progress(act, unit_id, book.for_unit(unit.path, act.today), phase_id or None)


async def progress(act: Act, unit_id: int, programme: ProgrammeView | None, phase_id: int | None) -> Progress:
    """The progress of a unit and of those right below it. Raises :class:`Forbidden`, :class:`Refusal`."""
    unit = await act.session.get(Unit, unit_id)
    if unit is None or not await may_see(act, unit_id):
        raise Forbidden
    if programme is None:
        raise Refusal("rules.no_programme")
    phase = next((one for one in programme.phases if one.id == phase_id), None)
    ids = [phase.id] if phase else [one.id for one in programme.phases]
    rows = await counts.of_units(act.session, ids, unit_id=unit_id)
    mine = standing(rows[0], programme.counts)
    children = [
        standing(row, programme.counts) for row in await counts.of_units(act.session, ids, parent_id=unit_id)
    ]
    starts, ends = (phase.starts, phase.ends) if phase else (programme.starts, programme.ends)
    left, needed = pace(mine.count, mine.target, act.today, starts, ends)
    return Progress(
        mine, unit.parent_id, programme, phase, starts, ends, left, needed, ranked(children, "count")
    )


class Named(Protocol):
    """Anything that is ranked and has a name."""

    @property
    def name(self) -> str:
        """Decides between equals."""


N = TypeVar("N", bound=Named)


def ranked(rows: Sequence[N], by: str) -> Sequence[N]:
    """Rows with the best first, by one of their figures, such as ``part`` of their own target; without it, last."""

    def key(row: N) -> tuple[float, str]:
        value = getattr(row, by)
        return (-(value if value is not None else -1.0), row.name)

    return sorted(rows, key=key)
