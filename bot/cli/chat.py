"""``python -m bot chat``: talk to the bot in the terminal, on the demo or on any database."""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import click
from pydantic import ValidationError

from bot import config, demo
from bot.app import Bot
from bot.channels.terminal import people
from bot.channels.terminal.away import AwayChannel
from bot.channels.terminal.channel import NAME, TerminalChannel
from bot.channels.terminal.clock import ClockAhead
from bot.channels.terminal.console import Bench, Console, Misused
from bot.channels.terminal.printing import JsonPrinter, Printer, TextPrinter
from bot.channels.web import NAME as WEB
from bot.channels.web import WebChannel
from bot.cli.common import (
    config_option,
    fail,
    only_one,
    prepare,
    settings_of,
    sqlite_file,
    tell,
    texts,
    words,
)
from bot.cli.run import DEMO_FILE, at_file
from bot.config import DatabaseSettings, MediaSettings, Settings
from bot.wiring import build
from storage.engine import Database, open_engine

#: What each SQLite file begins with that has something in it.
_SQLITE = b"SQLite format 3\0"


@click.command()
@config_option
@click.option("--database", metavar="FILE")
@click.option("--as", "as_name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True)
def chat(config_path: Path | None, database: str | None, as_name: str | None, *, as_json: bool) -> None:
    """Talk to the bot; from a pipe, one line a message."""
    settings = settings_of(config_path)
    is_real = config.is_real(config_path, dict(os.environ))
    if database is not None:
        settings = _on(settings, database)
    elif not is_real:
        settings = at_file(settings, DEMO_FILE)
    # What is wrong with a message is told with its traceback; all else would stand in the middle of the talk.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        _look_at(sqlite_file(settings))
        lock = only_one(settings)
    except OSError as problem:
        fail(tell("cli.no_database", problem=f"{problem.filename}: {problem.strerror}"))
    with lock:
        prepare(settings)
        _talk(settings, as_name, has_own=is_real, as_json=as_json)


def _look_at(file: Path | None) -> None:
    """End with one line for a file that is there and is no SQLite database. Raises OSError when it cannot be read."""
    if file is None or not file.exists():
        return
    head = b"no file"
    if file.is_file():
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE))
    if head not in (b"", _SQLITE):
        fail(tell("cli.no_database", problem=tell("terminal.no_sqlite", file=str(file))))


def _talk(settings: Settings, as_name: str | None, *, has_own: bool, as_json: bool) -> None:
    """On a database that is ready."""
    is_at_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    printer: Printer = TextPrinter(_out, words(), bold=_has_bold(), echo=not is_at_terminal)
    if as_json:
        printer = JsonPrinter(_out)
    with asyncio.Runner() as runner:
        bot = _BotAtTerminal(runner, settings, has_own=has_own)
        try:
            bot.opens(as_name)
            bot.goes_on(printer, is_at_terminal=is_at_terminal)
        except Misused as problem:
            fail(tell(f"terminal.{problem.key}", **problem.args_for_text))
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            # Whoever read the answers has seen enough; nothing is left to be flushed at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            bot.ends()


def _on(settings: Settings, database: str) -> Settings:
    """The settings with another database: an address, or the path of an SQLite file."""
    url = database if "://" in database else f"sqlite:///{database}"
    try:
        return settings.model_copy(update={"database": DatabaseSettings(url=url)})
    except ValidationError as problem:
        reason = problem.errors()[0]["msg"].removeprefix("Value error, ")
        fail(tell("cli.wrong_setting", problem=f"--database: {reason}"))


def _out(line: str) -> None:
    click.echo(line.encode("utf-8", "replace"))


def _has_bold() -> bool:
    """Whether the terminal writes bold, and nobody asked it to be plain (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _BotAtTerminal:
    """A bot that works while it is talked to: between two lines it stands still."""

    def __init__(self, runner: asyncio.Runner, settings: Settings, *, has_own: bool) -> None:
        """``has_own``: somebody chose settings for real, so nobody wants a demo in an empty database."""
        self._runner = runner
        self._settings = settings
        self._has_own = has_own
        self._stack = AsyncExitStack()
        self._console: Console | None = None
        #: Whom one can be in a demo.
        self._cast: list[str] = []

    def opens(self, as_name: str | None) -> None:
        """Start the bot and sit down. Raises :class:`Misused` for somebody who is not there."""
        self._console = self._runner.run(self._opened(as_name))

    def ends(self) -> None:
        """Stop the bot cleanly."""
        self._runner.run(self._stack.aclose())

    async def _opened(self, as_name: str | None) -> Console:
        is_demo = await self._is_demo()
        settings = config.in_terminal(self._settings)
        file = sqlite_file(settings)
        if is_demo and file is not None and settings.media == MediaSettings():
            # A demo's photos stand beside its database, not among those of the union.
            media = settings.media.model_copy(update={"folder": file.with_name(f"{file.stem}-media")})
            settings = settings.model_copy(update={"media": media})
        clock = ClockAhead()
        bot = await build(settings, is_demo=is_demo, clock=clock)
        self._stack.push_async_callback(_close, bot)
        await _waits_elsewhere(bot)
        await self._stack.enter_async_context(bot.running())
        if is_demo:
            self._cast = await _everybody_can_be_told(bot)
        else:
            click.echo(tell("terminal.real", database=_named(settings)), err=True)
        channel = bot.channels[NAME]
        if not isinstance(channel, TerminalChannel):
            raise TypeError(f"{NAME} is another channel")

        async def catch_up() -> None:
            await _catch_up(bot)

        console = Console(Bench(bot.database, bot.desk, channel, clock, texts(), catch_up), words())
        await console.begin(as_name)
        return console

    async def _is_demo(self) -> bool:
        """Whether the database holds the demo, or is empty and nobody chose to begin for real."""
        database = Database(open_engine(self._settings.database.url))
        try:
            if await demo.people_to_be(database) is not None:
                return True
            return not self._has_own and await demo.is_empty(database)
        finally:
            await database.close()

    def goes_on(self, printer: Printer, *, is_at_terminal: bool) -> None:
        """Line for line until there are no more."""
        console = self._console
        if console is None:
            raise RuntimeError("not open")
        run = self._runner.run
        if is_at_terminal:
            click.echo(tell("terminal.hello"))
            if self._cast:
                click.echo(tell("terminal.cast", people=", ".join(self._cast)))
        printer.arrived(run(console.arrived()))
        if console.is_newcomer:
            click.echo(tell("terminal.newcomer", account=console.account), err=True)
        for line in _typed(console) if is_at_terminal else _piped():
            answer = run(console.hears(line))
            printer.answer(answer)
            if answer.is_last:
                break


def _typed(console: Console) -> Iterator[str]:
    """Lines typed at a prompt, which can be edited and brought back; until Ctrl-D or Ctrl-C."""
    with suppress(ImportError):
        import_module("readline")
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            yield input(f"{console.name or tell('terminal.somebody')}> ")
    click.echo()


def _piped() -> Iterator[str]:
    """Lines of a file or another program; what is no UTF-8 shows as such."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


async def _close(bot: Bot) -> None:
    """For a bot that could not start; one that did has closed it itself, and twice does no harm."""
    await bot.database.close()


async def _waits_elsewhere(bot: Bot) -> None:
    """What is for people on messengers that are not run here is left for whoever runs them."""
    async with bot.database.read() as session:
        names = await people.elsewhere(session, bot.channels)
    if names and not isinstance(bot.channels, dict):
        raise TypeError("the sender shares the channels with the bot")
    if isinstance(bot.channels, dict):
        bot.channels.update({name: AwayChannel(name) for name in names})


async def _everybody_can_be_told(bot: Bot) -> list[str]:
    """The demo's people have a place at the terminal, so that what comes for them waits until one is them.

    Gives their names.
    """
    numbers = await demo.people_to_be(bot.database) or {}
    names = []
    async with bot.database.write() as session:
        for number in numbers.values():
            for person in await people.named(session, str(number)):
                await people.account_of(session, person.id, bot.clock.now(), away=True)
                names.append(person.name)
    return names


async def _catch_up(bot: Bot) -> None:
    """Do and send all that is due now."""
    await bot.desk.settled()
    await bot.mailing_clock.settled()
    await bot.mailer.settled()
    while await bot.sender.round():
        pass
    web = bot.channels[WEB]
    if isinstance(web, WebChannel):
        await web.drawn()


def _named(settings: Settings) -> str:
    """The database as it can be shown: a file, or without the password."""
    file = sqlite_file(settings)
    return str(file) if file is not None else settings.database.url.rpartition("@")[2]
