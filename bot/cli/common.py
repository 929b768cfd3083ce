"""What the commands share: settings, the database, and words for whoever runs them."""

import asyncio
import fcntl
import getpass
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import cache, wraps
from pathlib import Path
from typing import Any, NoReturn, Self

import click

from bot import config
from bot.clock import SystemClock
from bot.config import CONFIG_FILE, Settings, WrongSetting
from bot.services.act import Act
from bot.services.refusal import Refusal
from bot.texts import Say, Texts
from storage import migrate, sealing, vault
from storage.engine import Database, open_engine

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar=CONFIG_FILE,
    default=None,
    help="config.toml",
)


@cache
def texts() -> Texts:
    """All sentences."""
    return Texts.load()


def words(language: str | None = None) -> Say:
    """The command line speaks Vietnamese, or English with ``LANG=en…``; or the language that is asked for."""
    return texts().say(language or ("en" if os.environ.get("LANG", "").startswith("en") else "vi"))


def tell(key: str, /, **args: object) -> str:
    """A sentence as a terminal shows it."""
    return str(words()(key, **args).unescape())


def only_one(settings: Settings) -> AbstractContextManager[object]:
    """On SQLite one process owns the file; a second one says so instead of waiting for locks. Held for a block."""
    file = sqlite_file(settings)
    if file is None:
        return nullcontext()
    # What people entrusted to the bot is nobody else's on the machine.
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = file.with_name(file.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        fail(tell("cli.already_running", file=str(file)))
    return lock


#: Less than this is done before a line could be read.
_WORTH_TELLING = 1_000


class ProgressLine:
    """How far long work has come: a bar on a terminal, a line for each quarter elsewhere.

    Called with how much more is done.
    """

    def __init__(self, label: str, length: int) -> None:
        """``length``: how much there is to do."""
        self._label, self._length, self._done = label, length, 0
        self._bar = click.progressbar(length=length, label=label) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        """Show that it begins."""
        if self._bar is not None:
            self._bar.__enter__()
        elif self._length >= _WORTH_TELLING:
            self._line()
        return self

    def __exit__(self, *problem: object) -> None:
        """Leave the last state standing."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)

    def __call__(self, more: int) -> None:
        """So much more is done."""
        before, self._done = self._done, self._done + more
        if self._bar is not None:
            self._bar.update(more)
        elif self._length >= _WORTH_TELLING and 4 * before // self._length != 4 * self._done // self._length:
            self._line()

    def to(self, done: int, length: int) -> None:
        """So much is done in all; how much there is may have been learnt meanwhile."""
        self._length = length
        if self._bar is not None:
            self._bar.length = length
        self(done - self._done)

    def _line(self) -> None:
        part = self._done / self._length if self._length else 0.0
        click.echo(f"{self._label} {words().percent(part)}", err=True)


def fail(text: str) -> NoReturn:
    """End with one line."""
    click.echo(text, err=True)
    sys.exit(2)


def settings_of(path: Path | None) -> Settings:
    """The settings, or one line that says what is wrong with them."""
    try:
        settings = config.load(path, dict(os.environ))
    except WrongSetting as problem:
        fail(str(words()("cli.wrong_setting", problem=str(problem)).unescape()))
    vault.use([one.get_secret_value() for one in settings.secrets.keys])
    return settings


def prepare(settings: Settings) -> None:
    """Make the folder of a SQLite file, and bring the tables to this version's shape.

    What people entrusted to the bot can be read by nobody else on the machine.
    """
    file, media = sqlite_file(settings), settings.media.folder
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for one in file.parent.glob(f"{file.name}*"):
            one.chmod(0o600)
    media.mkdir(parents=True, exist_ok=True, mode=0o700)
    media.chmod(0o700)
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
            act = Act(session, SystemClock().now(), None, operator=operator())
            act.record("command", what=_command())
            yield database, act
        # The bot may not run for days; what is not sealed for long looks as if somebody had put it in.
        async with database.write() as session:
            await sealing.seal(session, SystemClock().now())
    finally:
        await database.close()


def operator() -> str:
    """Who works at the command line: the system's user, and the name that they gave (``--by``)."""
    context = click.get_current_context(silent=True)
    given = str((context.find_root().params.get("by") if context else "") or "").strip()[:80]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user} ({given})" if given else user


def _command() -> str:
    """The command's names, without what was given to it."""
    names = []
    step = click.get_current_context(silent=True)
    while step is not None and step.parent is not None:
        names.append(step.info_name or "")
        step = step.parent
    return " ".join(reversed(names))[:60]


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Act]:
    """A transaction of the administrator that only reads."""
    database = Database(open_engine(settings.database.url))
    try:
        async with database.read() as session:
            yield Act(session, SystemClock().now(), None)
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
