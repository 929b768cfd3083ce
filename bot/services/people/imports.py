"""People from an enterprise's list: known by name before they first talk to the bot."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.invalid import Invalid
from bot.conversation.text import fold, person_name
from bot.documents.table import Row, Table, code_of, column, day_of, text_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, quiet, take_turn
from storage.people import members as stored
from storage.units import tree

COLUMNS = (
    column("staff_code", "ma nhan vien", "ma nv", "msnv", "so the", "ma so", "ma cong nhan", "employee code"),
    column("name", "ho ten", "ho va ten", "ten", "full name"),
    column("unit", "unit code", "ma don vi", "don vi"),
    column("born", "ngay sinh", "sinh ngay", "date of birth", required=False),
    column("workplace", "noi lam viec", "noi cong tac", "bo phan", required=False),
    column("title", "chuc danh", "chuc vu", "position", required=False),
    column("qualification", "trinh do", "trinh do chuyen mon", required=False),
)

_Key = tuple[int, str]


async def import_people(act: Act, table: Table, *, dry_run: bool = False, told: Told = quiet) -> Outcome:
    """Add people, and update those who came from such a list before and have not registered since.

    A person is known by the unit and the enterprise's number. Who has registered answers for their own data, so
    the file changes nothing of them. With problems nothing is written.
    """
    await take_turn(act.session)
    wanted = await _read(act, table)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    if table.problems:
        return outcome
    columns = ("name", *(name for name in stored.DETAILS if table.has(name)))
    new, changed = [], []
    known = await stored.on_lists(act.session, sorted({unit_id for unit_id, _ in wanted}))
    for key, values in wanted.items():
        person = known.get(key)
        if person is None:
            new.append(values)
        elif person["registered_at"] is not None:
            outcome.registered += 1
        elif any(person[name] != values[name] for name in columns):
            changed.append(
                {"key": person["id"], **{name: values[name] for name in (*columns, "name_folded")}}
            )
        else:
            outcome.same += 1
    outcome.new, outcome.changed = len(new), len(changed)
    told(outcome.same + outcome.registered)
    if dry_run:
        return outcome
    for write, rows in ((_add, new), (_change, changed)):
        for start in range(0, len(rows), stored.BATCH):
            batch = rows[start : start + stored.BATCH]
            await write(act, batch)
            told(len(batch))
    if new or changed:
        act.record("people_imported", new=outcome.new, changed=outcome.changed)
    await act.session.flush()
    return outcome


async def _read(act: Act, table: Table) -> dict[_Key, dict[str, Any]]:
    units = await tree.ids_by_code(act.session)
    found: dict[_Key, dict[str, Any]] = {}
    first: dict[_Key, int] = {}
    for row in table.rows:
        staff_code = code_of(table, row, "staff_code", 40)
        name = _name(table, row)
        unit_code = code_of(table, row, "unit", 40)
        unit_id = units.get(unit_code.casefold()) if unit_code else None
        if unit_code and unit_id is None:
            table.wrong(row, "unit", "cli.cell.unknown_unit", typed=unit_code)
        born = day_of(table, row, "born")
        if born is not None and born > act.today:
            table.wrong(row, "born", "cli.cell.future")
        texts = {field: text_of(table, row, field, 200) for field in ("workplace", "title", "qualification")}
        if staff_code is None or name is None or unit_id is None:
            continue
        key = (unit_id, staff_code)
        if key in first:
            table.wrong(row, "staff_code", "cli.cell.twice", typed=staff_code, first=str(first[key]))
            continue
        first[key] = row.number
        found[key] = {
            "unit_id": unit_id,
            "staff_code": staff_code,
            "name": name,
            "name_folded": fold(name),
            "born": born,
            **texts,
        }
    return found


def _name(table: Table, row: Row) -> str | None:
    text = text_of(table, row, "name", 100, required=True)
    if text is None:
        return None
    try:
        return person_name(text)
    except Invalid:
        table.wrong(row, "name", "cli.cell.not_a_name", typed=text)
        return None


async def _add(act: Act, rows: Sequence[Mapping[str, Any]]) -> None:
    await stored.add(act.session, rows, act.now)


async def _change(act: Act, rows: Sequence[Mapping[str, Any]]) -> None:
    await stored.change(act.session, rows)
