"""``python -m bot run``: serve."""

import asyncio
import fcntl
import gc
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click
import uvicorn
import uvloop

from bot import config, wiring
from bot.cli.common import config_option, fail, prepare, settings_of, sqlite_file, words
from bot.config import Settings, WrongSetting

log = logging.getLogger("bot")


@click.command()
@config_option
def run(config_path: Path | None) -> None:
    """Serve the bot; with no configuration at all, a demo."""
    settings = settings_of(config_path)
    is_demo = not config.is_real(config_path, dict(os.environ))
    if is_demo:
        settings = demo_settings(settings)
    logging.basicConfig(
        level=settings.log.level,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    # Alembic tells of each step, SQL of each statement with people's words in it, HTTP of each request.
    for name in ("alembic", "aiosqlite", "sqlalchemy.engine", "uvicorn.access", "asyncio", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
    lock = only_one(settings)
    prepare(settings)
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, is_demo=is_demo))
    del lock


def demo_settings(settings: Settings) -> Settings:
    """The same settings with the demo's own database and media."""
    database = settings.database.model_copy(update={"url": "sqlite:///data/demo.db"})
    media = settings.media.model_copy(update={"folder": Path("data/demo-media")})
    return settings.model_copy(update={"database": database, "media": media})


def only_one(settings: Settings) -> TextIO | None:
    """On SQLite one process owns the file while what this gives is open; a second one says so and ends."""
    file = sqlite_file(settings)
    if file is None:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.with_name(file.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        fail(str(words()("cli.already_running", file=str(file)).unescape()))
    return lock


async def _serve(settings: Settings, *, is_demo: bool) -> None:
    try:
        bot = await wiring.build(settings, is_demo=is_demo)
    except WrongSetting as problem:
        fail(str(words()("cli.wrong_setting", problem=str(problem)).unescape()))
    # What is loaded by now stays for good: the collector need not look through it again and again. A message makes
    # thousands of short-lived objects, most of them freed without it; looking less often costs little memory.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    server = uvicorn.Server(
        uvicorn.Config(
            bot.asgi(),
            host=settings.web.host,
            port=settings.web.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=3,
            server_header=False,
            proxy_headers=True,
        )
    )
    say = words()
    key = "cli.demo_ready" if is_demo else "cli.ready"
    click.echo(str(say(key, url=settings.web.root).unescape()))
    await server.serve()
    click.echo(str(say("cli.stopped").unescape()))
