"""``python -m bot seed``: a database in which every screen has something to show, for developers and for showing around."""

import asyncio
import gc
import os
import shutil
from pathlib import Path

import click
import uvloop

from bot import config, demo
from bot.cli.common import (
    ProgressLine,
    config_option,
    fail,
    only_one,
    prepare,
    settings_of,
    sqlite_file,
    tell,
)
from bot.cli.run import DEMO_FILE, at_file, database_option
from bot.clock import SystemClock
from bot.config import Settings
from bot.demo import Holds, past
from bot.media.store import MediaStore
from storage.engine import Database, open_engine

#: With fewer, some state would be missing.
_FEWEST = 14
_MOST = 100_000


@click.command()
@database_option
@click.option("--initiatives", type=click.IntRange(_FEWEST, _MOST), default=2_000)
@click.option("--seed", type=int, default=1)
@click.option("--anew", is_flag=True)
@config_option
def seed(
    config_path: Path | None, database_file: Path | None, initiatives: int, seed: int, *, anew: bool
) -> None:
    """Fill a new database, or a demo in which nothing has happened yet."""
    settings = settings_of(config_path)
    if database_file is not None or not config.is_real(config_path, dict(os.environ)):
        settings = at_file(settings, database_file or DEMO_FILE)
    with only_one(settings):
        prepare(settings)
        held = asyncio.run(_held(settings))
        if held is Holds.REAL:
            fail(tell("cli.seed.real"))
        if held is Holds.USED_DEMO:
            _empty(settings, anew=anew)
        with (
            ProgressLine(tell("cli.seed.working"), initiatives) as told,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_fill(settings, initiatives, seed, told))
    file = sqlite_file(settings)
    click.echo(tell("cli.seed.done", n=initiatives, database=str(file or settings.database.url)))
    if file is not None:
        click.echo(tell("cli.seed.open", command=f"python -m bot run --database {file}"))


def _empty(settings: Settings, *, anew: bool) -> None:
    """Take away a demo that has been played with, when that was asked for; fail otherwise."""
    file = sqlite_file(settings)
    if file is None:
        fail(tell("cli.seed.not_empty"))
    if not anew:
        fail(tell("cli.seed.again", file=str(file)))
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        path.unlink(missing_ok=True)
    shutil.rmtree(settings.media.folder, ignore_errors=True)
    prepare(settings)


async def _held(settings: Settings) -> Holds:
    database = Database(open_engine(settings.database.url))
    try:
        return await demo.what_is_in(database)
    finally:
        await database.close()


async def _fill(settings: Settings, initiatives: int, seed: int, told: ProgressLine) -> None:
    database, clock = Database(open_engine(settings.database.url, alone=True)), SystemClock()
    store = MediaStore(settings.media.folder, database, clock)
    usual = gc.get_threshold()
    # Thousands of short-lived objects a second, most of them freed without the collector: it need not look so often.
    gc.set_threshold(20_000, 20, 20)
    try:
        people = await demo.people_to_be(database) or await demo.fill(database, clock)
        await past.furnish(
            database, store, clock, people, scale=past.scale_of(initiatives), seed=seed, told=told
        )
    finally:
        gc.set_threshold(*usual)
        await database.close()
