"""``db`` and ``backup``: the database, and a copy of everything."""

import asyncio
from pathlib import Path

import click

from bot.cli.common import (
    Progress,
    config_option,
    fail,
    prepare,
    reading,
    settings_of,
    sqlite_file,
    tell,
    words,
)
from bot.cli.speech import ElseGroup, SpokenGroup
from bot.config import Settings
from bot.services.backup import back_up, check_backup
from bot.services.refusal import Refusal
from storage import migrate


@click.group(cls=SpokenGroup)
def db() -> None:
    """The database."""


@db.command("upgrade")
@config_option
def db_upgrade(config_path: Path | None) -> None:
    """Bring the tables to this version's shape."""
    prepare(settings_of(config_path))
    click.echo(tell("cli.db.newest", revision=migrate.newest()))


@db.command("check")
@config_option
def db_check(config_path: Path | None) -> None:
    """Whether the tables have this version's shape."""
    settings = settings_of(config_path)
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        fail(tell("cli.no_database", problem=str(file)))
    found = asyncio.run(_revision(settings))
    newest = migrate.newest()
    if found != newest:
        fail(tell("cli.db.old", found=found or "-", newest=newest))
    click.echo(tell("cli.db.newest", revision=newest))


async def _revision(settings: Settings) -> str | None:
    try:
        async with reading(settings) as act:
            return await migrate.revision(act.session)
    except Exception as problem:  # noqa: BLE001 - whatever the driver says, in one line
        line = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        if "alembic_version" in line:
            return None
        fail(tell("cli.no_database", problem=line))


class _Backup(ElseGroup):
    usual = "make"


@click.group(cls=_Backup)
def backup() -> None:
    """A copy of everything."""


@backup.command("make")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True)
@config_option
def backup_make(config_path: Path | None, file: Path, *, force: bool) -> None:
    """Copy everything into one file."""
    settings = settings_of(config_path)
    try:
        with Progress(tell("cli.backup.working"), 0) as progress:
            size = back_up(
                settings.database.url, settings.media.folder, file, overwrite=force, progress=progress.to
            )
    except Refusal as refusal:
        fail(tell(refusal.key, **refusal.args_for_text))
    click.echo(tell("cli.backup.done", file=str(file), size=words().number(round(size / 2**20, 1))))


@backup.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def backup_check(file: Path) -> None:
    """Read a copy through."""
    try:
        found = check_backup(file)
    except Refusal as refusal:
        fail(tell(refusal.key, **refusal.args_for_text))
    click.echo(tell("cli.backup.sound", file=str(file), n=found.media))
