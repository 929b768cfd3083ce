"""``make dev``: the bot, started again when a file that it is made of was saved."""

import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from watchfiles import Change, DefaultFilter, run_process

from bot.cli.common import config_option, settings_of, tell
from bot.cli.main import main
from bot.cli.run import database_option

ROOT = Path(__file__).parent.parent
WATCHED = (ROOT / "bot", ROOT / "storage")
#: Code, sentences and lists, pages and what they load, templates of migrations.
_KINDS = (".py", ".toml", ".html", ".js", ".css", ".svg", ".webmanifest", ".csv", ".mako")
#: Seconds in which it ends what is under way, as at any other stop.
_PATIENCE = 20


class Sources(DefaultFilter):
    """Leaves out what the bot writes itself, and what tools build."""

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a saved file is worth a new start."""
        return path.endswith(_KINDS) and super().__call__(change, path)


def serve(words: Sequence[str], listening: socket.socket) -> None:
    """Run the bot on a socket that is open already; in a process of its own."""
    main.main(args=["run", *words], prog_name="python -m bot", obj=listening)


def say(changes: Iterable[tuple[Change, str]]) -> None:
    """Tell which files it is started again for."""
    names = sorted({Path(path).name for _, path in changes})
    click.echo(tell("cli.dev.changed", files=", ".join(names)))


def keep_running(watched: Sequence[Path], words: Sequence[str], host: str, port: int) -> None:
    """Start the bot, and again after each change, until interrupted.

    The port stays open meanwhile: whoever calls while the bot starts waits for it, and is not turned away.
    """
    with socket.create_server((host, port)) as listening:
        run_process(
            *watched,
            target=serve,
            args=(words, listening),
            callback=say,
            watch_filter=Sources(),
            debounce=400,
            sigint_timeout=_PATIENCE,
        )


@click.command()
@database_option
@config_option
def dev(config_path: Path | None, database_file: Path | None) -> None:
    """Take what ``bot run`` takes."""
    del database_file
    settings = settings_of(config_path)
    keep_running(WATCHED, sys.argv[1:], settings.web.host, settings.web.port)


if __name__ == "__main__":
    dev()
