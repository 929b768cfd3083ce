"""Targets from a file: how many initiatives each unit is to bring, and what it brought before this bot counted."""

from dataclasses import dataclass

from bot.conversation.text import fold
from bot.documents.table import Table, column, number_of, text_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, quiet, take_turn
from bot.services.progress.of_programme import Subject, subject_of
from bot.services.units.rows import unit_of_row
from storage.progress import counts
from storage.progress import targets as stored
from storage.units import tree

COLUMNS = (
    column("unit", "unit code", "ma don vi", "don vi", "ma"),
    column("phase", "phase code", "giai doan", "ma giai doan"),
    column("number", "target", "chi tieu", "so luong"),
    column("opening", "opening balance", "so dau ky", "dau ky", "da co", "so da co", required=False),
    column("benefit", "gia tri lam loi", "lam loi", "tien lam loi", required=False),
)

_MOST = 100_000_000
_MOST_BENEFIT = 10**15


@dataclass(slots=True)
class _Wanted:
    unit_id: int
    phase_id: int
    number: int | None
    opening: int | None
    benefit: int | None


async def import_targets(
    act: Act, table: Table, *, programme: str | None = None, dry_run: bool = False, told: Told = quiet
) -> Outcome:
    """Set targets and opening balances. An empty cell leaves what is there; with problems nothing is written."""
    await take_turn(act.session)
    if not dry_run:
        await counts.hold(act.session)
    subject = await subject_of(act, programme)
    wanted = await _read(act, table, subject)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    if table.problems:
        return outcome
    phases = {one.phase_id for one in wanted}
    targets = await stored.targets(act.session, phases)
    openings = await stored.openings(act.session, phases)
    balances_changed = False
    for one in wanted:
        key = (one.unit_id, one.phase_id)
        target, opening = targets.get(key), openings.get(key)
        target_differs = one.number is not None and (target is None or target.number != one.number)
        opening_differs = (
            one.opening is not None and (opening.number if opening else None) != one.opening
        ) or (one.benefit is not None and (opening.benefit if opening else 0) != one.benefit)
        if not target_differs and not opening_differs:
            outcome.same += 1
        elif target is None and opening is None:
            outcome.new += 1
        else:
            outcome.changed += 1
        if not dry_run:
            if target_differs and one.number is not None:
                await stored.set_target(act.session, *key, one.number)
            if opening_differs:
                balances_changed = True
                await stored.set_opening(act.session, *key, number=one.opening, benefit=one.benefit)
        told(1)
    if dry_run:
        return outcome
    await act.session.flush()
    if balances_changed:
        await counts.rebuild(act.session)
    if outcome.new or outcome.changed:
        act.record(
            "targets_imported", new=outcome.new, changed=outcome.changed, programme=subject.programme.code
        )
    await act.session.flush()
    return outcome


async def _read(act: Act, table: Table, subject: Subject) -> list[_Wanted]:
    units = await tree.paths_by_code(act.session)
    names = {fold(phase.name): phase.id for phase in subject.phases}
    codes = {fold(phase.code): phase.id for phase in subject.phases}
    found: list[_Wanted] = []
    first: dict[tuple[int, int], int] = {}
    for row in table.rows:
        unit = unit_of_row(table, row, units, subject.top, "cli.targets.outside")
        phase_text = text_of(table, row, "phase", 200, required=True)
        phase_id = codes.get(fold(phase_text), names.get(fold(phase_text))) if phase_text else None
        if phase_text and phase_id is None:
            table.wrong(
                row, "phase", "cli.targets.unknown_phase", typed=phase_text, codes=subject.phase_codes
            )
        number = number_of(table, row, "number", _MOST)
        opening = number_of(table, row, "opening", _MOST)
        benefit = number_of(table, row, "benefit", _MOST_BENEFIT)
        if not any(row.cells.get(name) for name in ("number", "opening", "benefit")):
            table.wrong(row, "number", "cli.cell.empty")
        if unit is None or phase_id is None:
            continue
        if (unit, phase_id) in first:
            table.wrong(row, "unit", "cli.targets.twice", first=str(first[unit, phase_id]))
        first.setdefault((unit, phase_id), row.number)
        found.append(_Wanted(unit, phase_id, number, opening, benefit))
    return found
