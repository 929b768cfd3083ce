"""``check``: whether the kept counts are those that the rows give."""

import click

from bot.cli.common import acting, command, tell
from bot.config import Settings
from bot.services.progress import checking


@click.command()
@click.option("--mend", is_flag=True)
@command
async def check(settings: Settings, *, mend: bool) -> None:
    """Compare the kept counts with the rows."""
    async with acting(settings) as (_, act):
        checked = await checking.check(act, mend=mend)
    for one in checked.differences:
        click.echo(
            tell(
                "cli.check.differs",
                unit=one.unit_code,
                phase=one.phase_code,
                what=tell(f"cli.count.{one.figure}"),
                kept=one.kept,
                right=one.right,
            )
        )
    if not checked.wrong:
        click.echo(tell("cli.check.right", n=checked.number))
    elif mend:
        click.echo(tell("cli.check.mended", n=checked.wrong))
    else:
        click.echo(tell("cli.check.wrong", n=checked.wrong), err=True)
        raise SystemExit(1)
