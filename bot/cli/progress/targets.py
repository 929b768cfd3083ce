"""``targets`` and ``counts``: what units are to bring, and what they brought before the bot counted."""

from collections.abc import Awaitable
from pathlib import Path

import click

from bot.cli.common import command, reading
from bot.cli.importing import dry_run_option, file_argument, from_file
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.documents.table import Table
from bot.services.act import Act
from bot.services.imports import Outcome, Told
from bot.services.progress import imports_counts
from bot.services.progress.imports_targets import COLUMNS as TARGET_COLUMNS
from bot.services.progress.imports_targets import import_targets


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
