"""``units``: the tree of unions, from a file and as a list."""

from functools import partial
from pathlib import Path

import click

from bot.cli.common import command, reading, tell
from bot.cli.importing import dry_run_option, file_argument, from_file
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.handlers.features import all_features
from bot.services.units.finding import unit_of
from bot.services.units.imports import COLUMNS as UNIT_COLUMNS
from bot.services.units.imports import import_units
from storage.units import tree


@click.group(cls=SpokenGroup)
def units() -> None:
    """Units."""


@units.command("import")
@file_argument
@dry_run_option
@command
async def units_import(settings: Settings, file: Path, *, dry_run: bool) -> None:
    """Units from a file."""
    work = partial(import_units, followers=all_features().followers)
    await from_file(settings, file, UNIT_COLUMNS, work, dry_run=dry_run)


@units.command("list")
@click.option("--below", "top", metavar="CODE")
@command
async def units_list(settings: Settings, top: str | None) -> None:
    """The tree of units."""
    async with reading(settings) as act:
        path = "/" if top is None else (await unit_of(act.session, top)).path
        found = await tree.subtree(act.session, path)
    if not found:
        click.echo(tell("cli.units.none"))
        return
    least = min(unit.path.count("/") for unit in found)
    for unit in found:
        indent = "  " * (unit.path.count("/") - least)
        kind = tell(f"cli.kind.{unit.kind.value}")
        click.echo(f"{indent}{unit.code}  {unit.name} ({kind})  {unit.join_code}")
