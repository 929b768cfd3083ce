"""The column of a file that names a unit, in whichever domain's file it stands."""

from collections.abc import Mapping

from bot.documents.table import Row, Table, code_of
from storage.units.tables import Unit


def unit_of_row(
    table: Table, row: Row, units: Mapping[str, tuple[int, str]], top: Unit, outside: str
) -> int | None:
    """The id of the unit that a row names, which has to be ``top`` or below it; None after telling what is wrong.

    ``units``: id and path by code, as ``storage.units.tree.paths_by_code`` gives them. ``outside``: the key of what is
    said of a unit that stands elsewhere.
    """
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
