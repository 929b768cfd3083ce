"""``dayoff``: the days on which nobody is reminded."""

from datetime import date

import click

from bot.cli.common import acting, command, reading, tell, words
from bot.cli.importing import dry_run_option
from bot.cli.initiatives.programmes import DAY
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services.campaigns import calendar

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


@dayoff.command("fill")
@click.argument("years", type=int, nargs=-1, required=True, metavar="YEAR...")
@click.option("--again", is_flag=True)
@dry_run_option
@command
async def dayoff_fill(settings: Settings, years: tuple[int, ...], *, again: bool, dry_run: bool) -> None:
    """Add the public holidays of years, Tết by its lunar dates."""
    async with acting(settings) as (_, act):
        filled = await calendar.fill(act, years, again=again, dry_run=dry_run)
    ways = {"adds": filled.added, "stands": filled.standing, "taken_back": filled.taken_back}
    days = sorted((day, name, way) for way, found in ways.items() for day, name in found.items())
    for day, name, way in days:
        click.echo(tell(f"cli.dayoff.{way}", day=f"{words().date(day):<10}", name=name))
    click.echo(tell("cli.dayoff.would_fill" if dry_run else "cli.dayoff.filled", n=len(filled.added)))
    if filled.taken_back:
        click.echo(tell("cli.dayoff.again", n=len(filled.taken_back)))


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
