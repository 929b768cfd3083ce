"""``people``: from an enterprise's list, and erased on request."""

from pathlib import Path

import click

from bot.cli.common import acting, command, fail, tell
from bot.cli.importing import dry_run_option, file_argument, from_file
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.handlers.features import all_features
from bot.services.people import unregistered
from bot.services.people.imports import COLUMNS as PEOPLE_COLUMNS
from bot.services.people.imports import import_people
from bot.services.units.finding import unit_of


@click.group(cls=SpokenGroup)
def people() -> None:
    """People."""


@people.command("import")
@file_argument
@dry_run_option
@command
async def people_import(settings: Settings, file: Path, *, dry_run: bool) -> None:
    """People from a file."""
    await from_file(settings, file, PEOPLE_COLUMNS, import_people, dry_run=dry_run)


@people.command("forget")
@click.argument("unit")
@click.argument("name")
@click.option("--yes", "sure", is_flag=True)
@command
async def people_forget(settings: Settings, unit: str, name: str, *, sure: bool) -> None:
    """Erase somebody who never registered."""
    async with acting(settings) as (_, act):
        home = await unit_of(act.session, unit)
        privacy = all_features().privacy
        found = await unregistered.find(act, privacy, home, name)
        if found.found and sure:
            await unregistered.erase(act, privacy, home, name)
    for one in found.alike:
        click.echo(tell("cli.forget.alike", name=one.name, code=one.staff_code or one.code, unit=one.unit))
    if not found.found:
        fail(tell("cli.forget.nobody", name=name, unit=home.name))
    for one in found.found:
        key = "cli.forget.listed" if one.staff_code else "cli.forget.author"
        click.echo(tell(key, name=one.name, staff_code=one.staff_code, code=one.code, unit=one.unit))
    click.echo(tell("cli.forget.done" if sure else "cli.forget.would", n=len(found.found)))
