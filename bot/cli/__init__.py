"""The administrator's command line: ``python -m bot``."""

import click

from bot.cli.run import run


@click.group()
def main() -> None:
    """Sáng kiến bot."""


main.add_command(run)
