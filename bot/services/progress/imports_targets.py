"""Targets from a file: how many initiatives each unit is to bring, and what it brought before this bot counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bot.conversation.text import fold
from bot.documents.table import Row, Table, code_of, column, number_of, text_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, hold_counts, quiet, take_turn
from bot.services.refusal import Refusal
from storage.initiatives import tally
from storage.initiatives.tables import OpeningBalance, Phase, Programme, Target
from storage.units.tables import Unit

COLUMNS = (
    column("unit", "unit code", "ma don vi", "don vi", "ma"),
    column("phase", "phase code", "giai doan", "ma giai doan"),
    column("number", "target", "chi tieu", "so luong"),
    column("opening", "opening balance", "so dau ky", "dau ky", "da co", "so da co", required=False),
    column("benefit", "gia tri lam loi", "lam loi", "tien lam loi", required=False),
)

_MOST = 100_000_000
_MOST_BENEFIT = 10**15


async def programme_for(act: Act, code: str | None) -> Programme:
    """The programme of a code; without one, the only programme there is. Raises :class:`Refusal`."""
    found = (await act.session.scalars(select(Programme).order_by(Programme.code))).all()
    if not found:
        raise Refusal("cli.programme.none")
    if code is None and len(found) > 1:
        raise Refusal("cli.programme.which", codes=", ".join(one.code for one in found))
    for one in found:
        if code is None or one.code.casefold() == code.casefold():
            return one
    raise Refusal("cli.programme.unknown", code=code or "", codes=", ".join(one.code for one in found))


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
        await hold_counts(act.session)
    chosen = await programme_for(act, programme)
    wanted = await _read(act, table, chosen)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    if table.problems:
        return outcome
    phases = {one.phase_id for one in wanted}
    targets = {
        (row.unit_id, row.phase_id): row
        for row in await act.session.scalars(select(Target).where(Target.phase_id.in_(phases)))
    }
    openings = {
        (row.unit_id, row.phase_id): row
        for row in await act.session.scalars(
            select(OpeningBalance).where(OpeningBalance.phase_id.in_(phases))
        )
    }
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
            if target_differs:
                await act.session.merge(Target(unit_id=key[0], phase_id=key[1], number=one.number))
            if opening_differs:
                balances_changed = True
                _set_opening(act, opening, one)
        told(1)
    if dry_run:
        return outcome
    await act.session.flush()
    if balances_changed:
        await tally.rebuild(act.session)
    if outcome.new or outcome.changed:
        act.record("targets_imported", new=outcome.new, changed=outcome.changed, programme=chosen.code)
    await act.session.flush()
    return outcome


def _set_opening(act: Act, row: OpeningBalance | None, one: _Wanted) -> None:
    if row is None:
        act.session.add(
            OpeningBalance(
                unit_id=one.unit_id, phase_id=one.phase_id, number=one.opening or 0, benefit=one.benefit or 0
            )
        )
        return
    if one.opening is not None:
        row.number = one.opening
    if one.benefit is not None:
        row.benefit = one.benefit


async def _read(act: Act, table: Table, programme: Programme) -> list[_Wanted]:
    top = await act.session.get_one(Unit, programme.unit_id)
    units = await units_by_code(act)
    all_phases = (
        await act.session.scalars(
            select(Phase).where(Phase.programme_id == programme.id).order_by(Phase.starts)
        )
    ).all()
    names = {fold(phase.name): phase.id for phase in all_phases}
    codes = {fold(phase.code): phase.id for phase in all_phases}
    known = ", ".join(phase.code for phase in all_phases)
    found: list[_Wanted] = []
    first: dict[tuple[int, int], int] = {}
    for row in table.rows:
        unit = unit_of_row(table, row, units, top, "cli.targets.outside")
        phase_text = text_of(table, row, "phase", 200, required=True)
        phase_id = codes.get(fold(phase_text), names.get(fold(phase_text))) if phase_text else None
        if phase_text and phase_id is None:
            table.wrong(row, "phase", "cli.targets.unknown_phase", typed=phase_text, codes=known)
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


async def units_by_code(act: Act) -> dict[str, tuple[int, str]]:
    """Each unit's id and path by its code, in whatever case that is written."""
    rows = await act.session.execute(select(Unit.id, Unit.code, Unit.path))
    return {code.casefold(): (unit_id, path) for unit_id, code, path in rows}


def unit_of_row(
    table: Table, row: Row, units: Mapping[str, tuple[int, str]], top: Unit, outside: str
) -> int | None:
    """The unit that a row names, which has to be ``top`` or below it (``outside``: what is said if not)."""
    code = code_of(table, row, "unit", 40)
    if code is None:
        return None
    unit = units.get(code.casefold())
    if unit is None:
        table.wrong(row, "unit", "cli.cell.unknown_unit", typed=code)
        return None
    if not unit[1].startswith(top.path):
        table.wrong(row, "unit", outside, typed=code, top=top.code)
        return None
    return unit[0]
