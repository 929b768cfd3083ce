"""``dayoff``: the days on which nobody is reminded."""

from datetime import date

import click

from bot.cli.common import acting, command, reading, tell, words
from bot.cli.programmes import DAY
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services import calendar

_until = click.option("--until", type=DAY, metavar="DD/MM/YYYY")


@click.group(cls=SpokenGroup)
def dayoff() -> None:
    """Days off."""


@dayoff.command("add")
@click.argument("day", type=DAY)
@click.argument("name")
@_until
@command
async def dayoff_add(settings: Settings, day: date, name: str, until: date | None) -> None:
    """Make a day, or a stretch of days, a day off."""
    async with acting(settings) as (_, act):
        number = await calendar.add(act, day, until or day, name)
    click.echo(tell("cli.dayoff.added", n=number, name=name))


@dayoff.command("remove")
@click.argument("day", type=DAY)
@_until
@command
async def dayoff_remove(settings: Settings, day: date, until: date | None) -> None:
    """Make it a day like others."""
    async with acting(settings) as (_, act):
        number = await calendar.remove(act, day, until or day)
    click.echo(tell("cli.dayoff.removed", n=number))


@dayoff.command("list")
@command
async def dayoff_list(settings: Settings) -> None:
    """Those that are to come."""
    async with reading(settings) as act:
        found = await calendar.listed(act, act.today)
    for one in found:
        click.echo(f"{words().date(one.day)}  {one.name}")
    if not found:
        click.echo(tell("cli.dayoff.none"))
