"""``python -m bot run``: serve; and where a demo lies."""

import asyncio
import gc
import logging
import os
from contextlib import suppress
from pathlib import Path
from socket import socket

import click
import uvicorn
import uvloop

from bot import config, demo, wiring
from bot.cli.common import config_option, fail, only_one, prepare, settings_of, words
from bot.clock import SystemClock
from bot.config import Settings, WrongSetting
from bot.demo import past
from bot.media.store import MediaStore
from bot.web.serving import raise_handles, server_config
from storage.engine import Database, open_engine

log = logging.getLogger("bot")

#: Where the demo is kept, unless another file is named.
DEMO_FILE = Path("data/demo.db")

database_option = click.option(
    "--database",
    "database_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
)


@click.command()
@database_option
@config_option
@click.pass_obj
def run(listening: socket | None, config_path: Path | None, database_file: Path | None) -> None:
    """Serve the bot; with no configuration at all, a demo. On the ``listening`` socket of whoever starts it anew."""
    settings = settings_of(config_path)
    is_demo = not config.is_real(config_path, dict(os.environ))
    if is_demo or database_file is not None:
        settings = at_file(settings, database_file or DEMO_FILE)
    logging.basicConfig(
        level=settings.log.level,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    # Alembic tells of each step, SQL of each statement with people's words in it, HTTP of each request.
    for name in ("alembic", "aiosqlite", "sqlalchemy.engine", "uvicorn.access", "asyncio", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if os.geteuid() == 0:
        log.warning("it runs as root; a user of its own, who may do nothing else, is safer")
    raise_handles(settings.web)
    with only_one(settings):
        prepare(settings)
        with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, listening, is_demo=is_demo))


def at_file(settings: Settings, file: Path) -> Settings:
    """The same settings with the database in a SQLite file, and the photos in a folder beside it."""
    database = settings.database.model_copy(update={"url": f"sqlite:///{file}"})
    media = settings.media.model_copy(update={"folder": file.with_name(f"{file.stem}-media")})
    return settings.model_copy(update={"database": database, "media": media})


async def _furnish(settings: Settings) -> None:
    """A new demo opens with a past, so that each of its people finds something to do."""
    database, clock = Database(open_engine(settings.database.url, alone=True)), SystemClock()
    try:
        if await demo.is_empty(database):
            people = await demo.fill(database, clock)
            await past.furnish(database, MediaStore(settings.media.folder, database, clock), clock, people)
    finally:
        await database.close()


async def _serve(settings: Settings, listening: socket | None, *, is_demo: bool) -> None:
    if is_demo:
        await _furnish(settings)
    try:
        bot = await wiring.build(settings, is_demo=is_demo)
    except WrongSetting as problem:
        fail(str(words()("cli.wrong_setting", problem=str(problem)).unescape()))
    # What is loaded by now stays for good: the collector need not look through it again and again. A message makes
    # thousands of short-lived objects, most of them freed without it; looking less often costs little memory.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    server = uvicorn.Server(server_config(bot.asgi(), settings.web))
    say = words()
    key = "cli.demo_ready" if is_demo else "cli.ready"
    click.echo(str(say(key, url=settings.web.root).unescape()))
    await server.serve(sockets=[listening] if listening is not None else None)
    click.echo(str(say("cli.stopped").unescape()))
