"""``export``: initiatives as a workbook or CSV, for typing into the national software."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import click
from openpyxl import Workbook

from bot.cli.common import Progress, acting, command, fail, reading, tell, words
from bot.cli.files import replacing
from bot.config import Settings
from bot.services.initiatives.descriptor import Cell
from bot.services.recognition import export as sheet
from bot.services.units.finding import unit_of

#: A worksheet holds 1.048.576 rows.
_ROWS_OF_A_SHEET = 1_000_000

_Rows = AsyncIterator[Sequence[Cell]]


@click.command()
@click.argument("unit")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE")
@click.option("--confidential", is_flag=True)
@command
async def export(settings: Settings, unit: str, output: Path, *, confidential: bool) -> None:
    """Initiatives of a unit and all below it."""
    suffix = output.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        fail(tell("cli.export.kind", file=str(output)))
    say = words()
    headings = [str(say(f"cli.export.column.{name}")) for name in sheet.COLUMNS]
    async with reading(settings) as act:
        top = await unit_of(act.session, unit)
        number = await sheet.count(act.session, top)
        rows = sheet.rows(act.session, top, say, with_confidential=confidential)
        with Progress(tell("cli.export.working"), number) as progress, replacing(output) as part:
            await (_workbook if suffix == ".xlsx" else _csv)(part, headings, rows, progress)
    async with acting(settings) as (_, act):
        # Who took which data away belongs in the audit trail.
        act.record("exported", unit_id=top.id, n=number, confidential=confidential)
    click.echo(tell("cli.export.done", file=str(output), n=number))


async def _workbook(part: Path, headings: list[str], rows: _Rows, progress: Progress) -> None:
    book = Workbook(write_only=True)
    page = None
    number = 0
    async for row in rows:
        if page is None or number % _ROWS_OF_A_SHEET == 0:
            page = _page(book, headings)
        page.append(row)
        number += 1
        progress(1)
    if page is None:
        _page(book, headings)
    book.save(part)


def _page(book: Workbook, headings: list[str]) -> Any:  # noqa: ANN401 - the library has no types
    page = book.create_sheet()
    page.freeze_panes = "A2"
    page.append(headings)
    return page


async def _csv(part: Path, headings: list[str], rows: _Rows, progress: Progress) -> None:
    # With a mark at the beginning, by which spreadsheets know that it is UTF-8.
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(headings)
        async for row in rows:
            out.writerow(row)
            progress(1)
