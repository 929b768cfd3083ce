"""What the commands share: settings, the database, and words for whoever runs them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from bot import config
from bot.clock import SystemClock
from bot.config import Settings, WrongSetting
from bot.services.act import Act
from bot.services.refusal import Refusal
from bot.texts import Say, Texts
from storage import migrate
from storage.engine import Database, open_engine

config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), default=None, help="config.toml"
)


def words() -> Say:
    """The command line speaks Vietnamese, or English with ``LANG=en…``."""
    return Texts.load().say("en" if os.environ.get("LANG", "").startswith("en") else "vi")


def fail(text: str) -> NoReturn:
    """End with one line."""
    click.echo(text, err=True)
    sys.exit(2)


def settings_of(path: Path | None) -> Settings:
    """The settings, or one line that says what is wrong with them."""
    try:
        return config.load(path, dict(os.environ))
    except WrongSetting as problem:
        fail(str(words()("cli.wrong_setting", problem=str(problem)).unescape()))


def prepare(settings: Settings) -> None:
    """Make the folder of a SQLite file, and bring the tables to this version's shape."""
    folder = sqlite_file(settings)
    if folder is not None:
        folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        migrate.upgrade(settings.database.url)
    except Exception as problem:  # noqa: BLE001 - whatever the driver says, in one line
        line = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        fail(str(words()("cli.no_database", problem=line).unescape()))


def sqlite_file(settings: Settings) -> Path | None:
    """The file of a SQLite database; None on PostgreSQL."""
    url = settings.database.url
    if not url.startswith("sqlite"):
        return None
    return Path(url.partition("///")[2].partition("?")[0])


@asynccontextmanager
async def acting(settings: Settings) -> AsyncIterator[tuple[Database, Act]]:
    """A transaction of the administrator, who may do everything; committed at the end of the block."""
    database = Database(open_engine(settings.database.url))
    try:
        async with database.write() as session:
            yield database, Act(session, SystemClock().now(), None)
    finally:
        await database.close()


def command(work: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a click command of a coroutine: settings read, tables ready, a refusal told in one line."""

    @config_option
    @wraps(work)
    def wrapped(config_path: Path | None, **values: Any) -> None:  # noqa: ANN401 - click's own
        settings = settings_of(config_path)
        prepare(settings)
        try:
            asyncio.run(work(settings, **values))
        except Refusal as refusal:
            fail(words()(refusal.key, **refusal.args_for_text).striptags())

    return wrapped
