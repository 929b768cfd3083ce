"""Counts from a sheet with a row a unit and a column a phase: what each had brought before this bot counted.

The numbers of such a sheet are those of a report: a unit's number holds those of all units below it, and the row of
the whole union is the total. What is kept is each unit's own part, so that nothing counts twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.conversation.text import fold
from bot.documents.table import Column, Row, Table, column, number_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, quiet, take_turn
from bot.services.progress.of_programme import subject_of
from bot.services.refusal import Refusal
from bot.services.units.rows import unit_of_row
from storage.initiatives.tables import Phase
from storage.progress import counts
from storage.progress import targets as stored
from storage.units import tree
from storage.units.tables import Unit

_UNIT = column("unit", "unit code", "code", "ma don vi", "don vi", "ma")
_MOST = 100_000_000
#: What may follow a phase's name in a heading.
_AFTER = ("", " recorded", " count", " da ghi nhan", " da vao phan mem", " so luong")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


async def columns_of(act: Act, programme: str | None) -> Sequence[Column]:
    """The columns of a programme's sheet: the unit, and one for each phase by its code, its name or its place."""
    columns = [_UNIT]
    for place, phase in enumerate((await subject_of(act, programme)).phases, 1):
        names = {fold(phase.code), fold(phase.name), f"phase{place}", f"phase {place}", f"giai doan {place}"}
        if place < len(_ROMAN):
            names |= {f"phase {_ROMAN[place]}", f"giai doan {_ROMAN[place]}"}
        headings = frozenset(name + after for name in names for after in _AFTER)
        columns.append(Column(_name(phase), headings, required=False))
    return columns


def _name(phase: Phase) -> str:
    return f"phase:{phase.id}"


@dataclass(slots=True)
class _Tree:
    """The units of a programme, those at the bottom first, with the units right below each."""

    order: list[int] = field(default_factory=list)
    children: dict[int, list[int]] = field(default_factory=dict)


async def import_counts(
    act: Act, table: Table, *, programme: str | None = None, dry_run: bool = False, told: Told = quiet
) -> Outcome:
    """Set opening balances so that units stand as the sheet says; an empty cell leaves what is there.

    With problems nothing is written: an unknown unit, one twice, or less than the units below it have together.
    """
    await take_turn(act.session)
    if not dry_run:
        await counts.hold(act.session)
    subject = await subject_of(act, programme)
    phases = [phase for phase in subject.phases if table.has(_name(phase))]
    if not phases:
        raise Refusal("cli.counts.no_phase", codes=subject.phase_codes)
    rows = await _rows(act, table, subject.top)
    units = await _tree(act, subject.top)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    kept = await stored.openings(act.session, [phase.id for phase in phases])
    own: dict[tuple[int, int], int] = {}
    for phase in phases:
        mine = {unit: one.number for (unit, at), one in kept.items() if at == phase.id}
        found = _own(table, _name(phase), rows, units, mine)
        own |= {(unit, phase.id): number for unit, number in found.items()}
    told(len(table.rows))
    if table.problems:
        return outcome
    for (unit, phase_id), number in own.items():
        row = kept.get((unit, phase_id))
        if row is not None and row.number == number:
            outcome.same += 1
            continue
        outcome.new, outcome.changed = outcome.new + (row is None), outcome.changed + (row is not None)
        if not dry_run:
            await stored.set_opening(act.session, unit, phase_id, number=number)
    if not dry_run and (outcome.new or outcome.changed):
        await act.session.flush()
        await counts.rebuild(act.session)
        act.record(
            "counts_imported", new=outcome.new, changed=outcome.changed, programme=subject.programme.code
        )
        await act.session.flush()
    return outcome


async def _rows(act: Act, table: Table, top: Unit) -> dict[int, Row]:
    units = await tree.paths_by_code(act.session)
    found: dict[int, Row] = {}
    for row in table.rows:
        unit = unit_of_row(table, row, units, top, "cli.targets.outside")
        if unit is None:
            continue
        if unit in found:
            table.wrong(row, "unit", "cli.cell.twice", typed=row.cells["unit"], first=str(found[unit].number))
        found.setdefault(unit, row)
    return found


async def _tree(act: Act, top: Unit) -> _Tree:
    found = _Tree()
    for unit in reversed(await tree.subtree(act.session, top.path)):
        found.order.append(unit.id)
        if unit.id != top.id and unit.parent_id is not None:
            found.children.setdefault(unit.parent_id, []).append(unit.id)
    return found


def _own(
    table: Table, name: str, rows: Mapping[int, Row], units: _Tree, kept: Mapping[int, int]
) -> dict[int, int]:
    """Each named unit's own part: its number without what the units below it have."""
    own: dict[int, int] = {}
    total: dict[int, int] = {}
    for unit in units.order:
        lower = sum(total[child] for child in units.children.get(unit, ()))
        row = rows.get(unit)
        number = number_of(table, row, name, _MOST) if row else None
        total[unit] = kept.get(unit, 0) + lower if number is None else number
        if row is None or number is None:
            continue
        if number < lower:
            table.wrong(row, name, "cli.counts.less", number=number, lower=lower)
        own[unit] = max(number - lower, 0)
    return own
