"""``units``: the tree of unions, from a file and as a list."""

from pathlib import Path

import click
from sqlalchemy import select

from bot.cli.common import command, reading, tell
from bot.cli.importing import dry_run_option, file_argument, from_file
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services.initiatives.programme_setup import unit_of
from bot.services.units.imports import COLUMNS as UNIT_COLUMNS
from bot.services.units.imports import import_units
from storage.units.tables import Unit
from storage.units.tree import below


@click.group(cls=SpokenGroup)
def units() -> None:
    """Units."""


@units.command("import")
@file_argument
@dry_run_option
@command
async def units_import(settings: Settings, file: Path, *, dry_run: bool) -> None:
    """Units from a file."""
    await from_file(settings, file, UNIT_COLUMNS, import_units, dry_run=dry_run)


@units.command("list")
@click.option("--below", "top", metavar="CODE")
@command
async def units_list(settings: Settings, top: str | None) -> None:
    """The tree of units."""
    async with reading(settings) as act:
        statement = select(Unit)
        if top is not None:
            statement = statement.where(below((await unit_of(act.session, top)).path))
        found = (await act.session.scalars(statement)).all()
    if not found:
        click.echo(tell("cli.units.none"))
        return
    # A parent's path begins its children's, whichever way ids happen to sort as text.
    ordered = sorted(found, key=lambda unit: [int(part) for part in unit.path.strip("/").split("/")])
    least = min(unit.path.count("/") for unit in ordered)
    for unit in ordered:
        indent = "  " * (unit.path.count("/") - least)
        kind = tell(f"cli.kind.{unit.kind.value}")
        click.echo(f"{indent}{unit.code}  {unit.name} ({kind})  {unit.join_code}")
