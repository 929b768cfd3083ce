"""All commands together, found by domain."""

import os
from collections.abc import Iterator
from importlib import import_module

import click

from bot.cli.audit import audit
from bot.cli.chat import chat
from bot.cli.database import backup, db, restore
from bot.cli.run import run
from bot.cli.secrets import secrets
from bot.cli.seed import seed
from bot.cli.speech import SpokenGroup, spoken
from bot.cli.zalo_oa import zalo_oa
from bot.domains import found_in


@click.group(cls=SpokenGroup)
@click.option("--by", metavar="NAME")
def main(by: str | None) -> None:
    """Sáng kiến bot."""
    del by  # the trail names who it was (bot.cli.common.operator): administrators may share a system's user
    # Databases, photos, exports, backups: whatever a command writes is for who runs it alone.
    os.umask(0o077)


def _commands() -> Iterator[click.Command]:
    """Running and talking come first, then the domains in their order, then what keeps the whole in order."""
    yield from (run, seed, chat)
    for name in found_in("bot.cli"):
        yield from import_module(f"bot.cli.{name}").COMMANDS
    yield from (db, backup, restore, audit, secrets, zalo_oa)


for _command in _commands():
    main.add_command(_command if isinstance(_command, SpokenGroup) else spoken(_command))
