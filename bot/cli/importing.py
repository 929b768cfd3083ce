"""Taking in a file that somebody made by hand: what it would change, and what is wrong with it."""

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

import click

from bot.cli.common import Progress, acting, fail, tell
from bot.config import Settings
from bot.documents.table import Column, MissingColumns, Problem, Table, read_table
from bot.services.act import Act
from bot.services.imports import Outcome, Told

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
