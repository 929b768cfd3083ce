"""Counts from a sheet with a row a unit and a column a phase: what each had brought before this bot counted.

The numbers of such a sheet are those of a report: a unit's number holds those of all units below it, and the row of
the whole union is the total. What is kept is each unit's own part, so that nothing counts twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.conversation.text import fold
from bot.documents.table import Column, Row, Table, column, number_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, hold_counts, quiet, take_turn
from bot.services.progress.imports_targets import programme_for, unit_of_row, units_by_code
from bot.services.refusal import Refusal
from storage.initiatives import tally
from storage.initiatives.tables import OpeningBalance, Phase, Programme
from storage.units.tables import Unit
from storage.units.tree import below, path_ids

_UNIT = column("unit", "unit code", "code", "ma don vi", "don vi", "ma")
_MOST = 100_000_000
#: What may follow a phase's name in a heading.
_AFTER = ("", " recorded", " count", " da ghi nhan", " da vao phan mem", " so luong")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


async def columns_of(act: Act, programme: str | None) -> Sequence[Column]:
    """The columns of a programme's sheet: the unit, and one for each phase by its code, its name or its place."""
    columns = [_UNIT]
    for place, phase in enumerate(await _phases(act, await programme_for(act, programme)), 1):
        names = {fold(phase.code), fold(phase.name), f"phase{place}", f"phase {place}", f"giai doan {place}"}
        if place < len(_ROMAN):
            names |= {f"phase {_ROMAN[place]}", f"giai doan {_ROMAN[place]}"}
        headings = frozenset(name + after for name in names for after in _AFTER)
        columns.append(Column(_name(phase), headings, required=False))
    return columns


async def _phases(act: Act, programme: Programme) -> Sequence[Phase]:
    found = select(Phase).where(Phase.programme_id == programme.id).order_by(Phase.starts)
    return (await act.session.scalars(found)).all()


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
        await hold_counts(act.session)
    chosen = await programme_for(act, programme)
    top = await act.session.get_one(Unit, chosen.unit_id)
    phases = [phase for phase in await _phases(act, chosen) if table.has(_name(phase))]
    if not phases:
        codes = ", ".join(phase.code for phase in await _phases(act, chosen))
        raise Refusal("cli.counts.no_phase", codes=codes)
    rows = await _rows(act, table, top)
    tree = await _tree(act, top)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    kept = {
        (one.unit_id, one.phase_id): one
        for one in await act.session.scalars(
            select(OpeningBalance).where(OpeningBalance.phase_id.in_([phase.id for phase in phases]))
        )
    }
    own: dict[tuple[int, int], int] = {}
    for phase in phases:
        mine = {unit: one.number for (unit, at), one in kept.items() if at == phase.id}
        found = _own(table, _name(phase), rows, tree, mine)
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
        if dry_run:
            continue
        if row is None:
            act.session.add(OpeningBalance(unit_id=unit, phase_id=phase_id, number=number, benefit=0))
        else:
            row.number = number
    if not dry_run and (outcome.new or outcome.changed):
        await act.session.flush()
        await tally.rebuild(act.session)
        act.record("counts_imported", new=outcome.new, changed=outcome.changed, programme=chosen.code)
        await act.session.flush()
    return outcome


async def _rows(act: Act, table: Table, top: Unit) -> dict[int, Row]:
    units = await units_by_code(act)
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
    tree = _Tree()
    paths = (await act.session.scalars(select(Unit.path).where(below(top.path)))).all()
    for path in sorted(paths, key=lambda one: one.count("/"), reverse=True):
        *_, unit = ids = path_ids(path)
        tree.order.append(unit)
        if unit != top.id:
            tree.children.setdefault(ids[-2], []).append(unit)
    return tree


def _own(
    table: Table, name: str, rows: Mapping[int, Row], tree: _Tree, kept: Mapping[int, int]
) -> dict[int, int]:
    """Each named unit's own part: its number without what the units below it have."""
    own: dict[int, int] = {}
    total: dict[int, int] = {}
    for unit in tree.order:
        lower = sum(total[child] for child in tree.children.get(unit, ()))
        row = rows.get(unit)
        number = number_of(table, row, name, _MOST) if row else None
        total[unit] = kept.get(unit, 0) + lower if number is None else number
        if row is None or number is None:
            continue
        if number < lower:
            table.wrong(row, name, "cli.counts.less", number=number, lower=lower)
        own[unit] = max(number - lower, 0)
    return own
