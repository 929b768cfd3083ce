"""``db`` and ``backup``: the database, and a copy of everything."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import click

from bot.cli.common import (
    ProgressLine,
    acting,
    config_option,
    fail,
    only_one,
    prepare,
    reading,
    settings_of,
    sqlite_file,
    tell,
    words,
)
from bot.cli.speech import ElseGroup, SpokenGroup
from bot.clock import LOCAL_ZONE
from bot.config import Settings
from bot.services import restoring
from bot.services.backup import back_up, check_backup
from bot.services.refusal import Refusal
from storage import migrate
from storage.delivery import processes

log = logging.getLogger(__name__)


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
        with ProgressLine(tell("cli.backup.working"), 0) as progress:
            size = back_up(
                settings.database.url, settings.media.folder, file, overwrite=force, progress=progress.to
            )
    except Refusal as refusal:
        fail(tell(refusal.key, **refusal.args_for_text))
    asyncio.run(_note_backup(settings, file))
    click.echo(tell("cli.backup.done", file=str(file), size=words().number(round(size / 2**20, 1))))


async def _note_backup(settings: Settings, file: Path) -> None:
    """Whoever has a copy has everything: the trail says that one was made. A copy of an older database says nothing."""
    try:
        async with acting(settings) as (_, act):
            act.record("backed_up", file=file.name)
    except Exception as problem:  # noqa: BLE001 - the copy is there, whatever the tables are like
        log.warning("the copy is not in the trail (%s)", type(problem).__name__)


@backup.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def backup_check(file: Path) -> None:
    """Read a copy through."""
    try:
        found = check_backup(file)
    except Refusal as refusal:
        fail(tell(refusal.key, **refusal.args_for_text))
    click.echo(tell("cli.backup.sound", file=str(file), n=found.media))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", "is_sure", is_flag=True)
@config_option
def restore(config_path: Path | None, file: Path, *, is_sure: bool) -> None:
    """Put a copy in the place of everything."""
    settings = settings_of(config_path)
    if not is_sure:
        click.confirm(tell("cli.restore.sure", file=str(file)), abort=True)
    with only_one(settings):
        alive = asyncio.run(_alive(settings))
        if alive:
            fail(tell("cli.restore.running", names=", ".join(alive)))
        now = datetime.now(LOCAL_ZONE)
        try:
            found = restoring.restore(settings.database.url, settings.media.folder, file, now)
        except Refusal as refusal:
            fail(tell(refusal.key, **refusal.args_for_text))
    aside = str(found.set_aside) if found.set_aside is not None else "-"
    click.echo(tell("cli.restore.done", file=str(file), n=found.checked.media, aside=aside))


async def _alive(settings: Settings) -> Sequence[str]:
    """The processes that have the database open; on SQLite its lock says that there are none."""
    if sqlite_file(settings) is not None:
        return ()
    quiet = timedelta(seconds=settings.database.dead_after)
    try:
        async with reading(settings) as act:
            return await processes.heard_of(act.session, quiet)
    except Exception as problem:  # noqa: BLE001 - whatever the driver says: a database without tables has no process
        log.info("no process is known (%s)", type(problem).__name__)
        return ()
