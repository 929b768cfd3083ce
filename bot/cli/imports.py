"""``units``, ``targets``, ``counts`` and ``people``: what comes from files."""

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

import click
from sqlalchemy import select

from bot.cli.common import Progress, acting, command, fail, reading, tell
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services import imports_counts, unregistered
from bot.services.act import Act
from bot.services.imports import Outcome, Told
from bot.services.imports_people import COLUMNS as PEOPLE_COLUMNS
from bot.services.imports_people import import_people
from bot.services.imports_table import Column, MissingColumns, Problem, Table, read_table
from bot.services.imports_targets import COLUMNS as TARGET_COLUMNS
from bot.services.imports_targets import import_targets
from bot.services.imports_units import COLUMNS as UNIT_COLUMNS
from bot.services.imports_units import import_units
from bot.services.programme_setup import unit_of
from storage.models import Unit
from storage.units import below

_SHOWN = 50

file_argument = click.argument("file", type=click.Path(path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True)


class Import(Protocol):
    """What is done with a table."""

    def __call__(self, act: Act, table: Table, *, dry_run: bool, told: Told) -> Awaitable[Outcome]:
        """Take it in; ``told`` hears how many rows are done."""


async def from_file(
    settings: Settings, file: Path, columns: Sequence[Column], work: Import, *, dry_run: bool
) -> None:
    """Read first, so that a large file keeps nobody waiting for the database."""
    try:
        table = read_table(file, columns)
    except MissingColumns as missing:
        names = ", ".join(tell(f"cli.column.{name}") for name in missing.columns)
        fail(tell("cli.table.missing", file=file.name, columns=names))
    with Progress(tell("cli.import.working", n=len(table.rows)), len(table.rows)) as progress:
        async with acting(settings) as (_, act):
            outcome = await work(act, table, dry_run=dry_run, told=progress)
    if outcome.ignored:
        click.echo(tell("cli.import.ignored", columns=", ".join(outcome.ignored)), err=True)
    if outcome.problems:
        _stop(outcome.problems)
    key = "cli.import.would" if dry_run else "cli.import.done"
    click.echo(tell(key, new=outcome.new, changed=outcome.changed, same=outcome.same))
    if outcome.registered:
        click.echo(tell("cli.import.registered", n=outcome.registered))
    if outcome.moved:
        click.echo(tell("cli.import.moved", n=outcome.moved))


def _stop(problems: Sequence[Problem]) -> NoReturn:
    lines = [_line(one) for one in sorted(problems, key=lambda one: (one.row, one.column))[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(tell("cli.import.more", n=len(problems) - _SHOWN))
    fail("\n".join([*lines, tell("cli.import.stopped", n=len(problems))]))


def _line(problem: Problem) -> str:
    said = tell(problem.key, **problem.args)
    if not problem.column:
        return tell("cli.import.in_row", row=str(problem.row), problem=said)
    return tell("cli.import.in_cell", row=str(problem.row), column=problem.column, problem=said)


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


@click.group(cls=SpokenGroup)
def targets() -> None:
    """Targets."""


@targets.command("import")
@file_argument
@click.option("--programme", metavar="CODE")
@dry_run_option
@command
async def targets_import(settings: Settings, file: Path, programme: str | None, *, dry_run: bool) -> None:
    """Targets from a file."""

    def work(act: Act, table: Table, *, dry_run: bool, told: Told) -> Awaitable[Outcome]:
        return import_targets(act, table, programme=programme, dry_run=dry_run, told=told)

    await from_file(settings, file, TARGET_COLUMNS, work, dry_run=dry_run)


@click.group(cls=SpokenGroup)
def counts() -> None:
    """What units had before."""


@counts.command("import")
@file_argument
@click.option("--programme", metavar="CODE")
@dry_run_option
@command
async def counts_import(settings: Settings, file: Path, programme: str | None, *, dry_run: bool) -> None:
    """Counts from a sheet with a column for each phase."""

    def work(act: Act, table: Table, *, dry_run: bool, told: Told) -> Awaitable[Outcome]:
        return imports_counts.import_counts(act, table, programme=programme, dry_run=dry_run, told=told)

    async with reading(settings) as act:
        columns = await imports_counts.columns_of(act, programme)
    await from_file(settings, file, columns, work, dry_run=dry_run)


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
        found = await unregistered.find(act, home, name)
        if found and sure:
            await unregistered.erase(act, home, name)
    if not found:
        fail(tell("cli.forget.nobody", name=name, unit=home.name))
    for one in found:
        key = "cli.forget.listed" if one.staff_code else "cli.forget.author"
        click.echo(tell(key, name=one.name, staff_code=one.staff_code, code=one.code, unit=one.unit))
    click.echo(tell("cli.forget.done" if sure else "cli.forget.would", n=len(found)))
