"""``db``, ``check`` and ``backup``: the database, its counts, and a copy of everything."""

import asyncio
from pathlib import Path

import click
from sqlalchemy import text

from bot.cli.common import (
    Progress,
    acting,
    command,
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
from bot.services.imports import hold_counts
from bot.services.refusal import Refusal
from storage import migrate
from storage.initiatives import tally
from storage.initiatives.tables import Phase
from storage.units.tables import Unit

_SHOWN = 50


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
            found = await act.session.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except Exception as problem:  # noqa: BLE001 - whatever the driver says, in one line
        line = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        if "alembic_version" in line:
            return None
        fail(tell("cli.no_database", problem=line))


@click.command()
@click.option("--mend", is_flag=True)
@command
async def check(settings: Settings, *, mend: bool) -> None:
    """Compare the kept counts with the rows."""
    async with acting(settings) as (_, act):
        await hold_counts(act.session)
        right, kept = await tally.recount(act.session), await tally.kept(act.session)
        wrong = sorted(key for key in right.keys() | kept.keys() if right.get(key) != kept.get(key))
        for unit_id, phase_id in wrong[:_SHOWN]:
            unit = await act.session.get_one(Unit, unit_id)
            phase = await act.session.get_one(Phase, phase_id)
            is_kept = kept.get((unit_id, phase_id), tally.Change())
            is_right = right.get((unit_id, phase_id), tally.Change())
            for name in ("submitted", "approved", "recognised", "recorded", "opening", "benefit"):
                if getattr(is_kept, name) != getattr(is_right, name):
                    click.echo(
                        tell(
                            "cli.check.differs",
                            unit=unit.code,
                            phase=phase.code,
                            what=tell(f"cli.count.{name}"),
                            kept=getattr(is_kept, name),
                            right=getattr(is_right, name),
                        )
                    )
        if mend and wrong:
            await tally.rebuild(act.session)
            act.record("counts_mended", n=len(wrong))
    if not wrong:
        click.echo(tell("cli.check.right", n=len(right)))
    elif mend:
        click.echo(tell("cli.check.mended", n=len(wrong)))
    else:
        click.echo(tell("cli.check.wrong", n=len(wrong)), err=True)
        raise SystemExit(1)


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
