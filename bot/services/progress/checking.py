"""Comparing the kept counts with the rows that they count, and counting anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.act import Act
from storage.initiatives.tables import Phase
from storage.initiatives.tally import COLUMNS, Change
from storage.progress import counts
from storage.units.tables import Unit

#: As many of the wrong counts are described one by one.
MOST_DESCRIBED = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """A kept figure of a unit in a phase, and what it should be; ``figure`` names it, such as ``approved``."""

    unit_code: str
    phase_code: str
    figure: str
    kept: int
    right: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How many counts of a unit in a phase there should be, how many are wrong, and the first of their differences."""

    number: int
    wrong: int
    differences: Sequence[Difference]


async def check(act: Act, *, mend: bool) -> Checked:
    """Compare all kept counts with the rows; with ``mend``, count anew where any differs."""
    await counts.hold(act.session)
    right, kept = await counts.recount(act.session), await counts.kept(act.session)
    wrong = sorted(key for key in right.keys() | kept.keys() if right.get(key) != kept.get(key))
    differences: list[Difference] = []
    for unit_id, phase_id in wrong[:MOST_DESCRIBED]:
        unit = await act.session.get_one(Unit, unit_id)
        phase = await act.session.get_one(Phase, phase_id)
        is_kept = kept.get((unit_id, phase_id), Change())
        is_right = right.get((unit_id, phase_id), Change())
        differences += [
            Difference(unit.code, phase.code, name, getattr(is_kept, name), getattr(is_right, name))
            for name in COLUMNS
            if getattr(is_kept, name) != getattr(is_right, name)
        ]
    if mend and wrong:
        await counts.rebuild(act.session)
        act.record("counts_mended", n=len(wrong))
    return Checked(len(right), len(wrong), differences)
