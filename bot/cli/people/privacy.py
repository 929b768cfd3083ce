"""``privacy``: what is kept of people, for how long, and how much of it there is."""

from datetime import timedelta

import click

from bot.cli.common import command, reading, tell, words
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services.people import keeping


@click.group(cls=SpokenGroup)
def privacy() -> None:
    """Personal data."""


@privacy.command("report")
@command
async def privacy_report(settings: Settings) -> None:
    """What is kept, for how long, and when the clock last went through it."""
    async with reading(settings) as act:
        periods = settings.keeping.periods(settings.web.session_days)
        lines, at = await keeping.report(act.session, periods)
    say = words()
    for line in lines:
        click.echo(
            tell(
                "cli.privacy.line",
                what=tell(f"cli.privacy.purpose.{line.purpose}"),
                period=_period(line.period),
                n=line.rows,
                oldest=say.moment(line.oldest) if line.oldest is not None else "-",
                gone=line.gone,
            )
        )
    click.echo(tell("cli.privacy.carried_out", at=say.moment(at)) if at else tell("cli.privacy.never"))


def _period(period: timedelta) -> str:
    days = period.days
    return tell("cli.privacy.days", n=days) if days else tell("cli.privacy.hours", n=period.seconds // 3600)
