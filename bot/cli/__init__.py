"""The administrator's command line: ``python -m bot``."""

import click

from bot.cli.calendar import dayoff
from bot.cli.campaigns import campaign
from bot.cli.database import backup, check, db
from bot.cli.export import export
from bot.cli.imports import counts, people, targets, units
from bot.cli.invites import invite, poster
from bot.cli.programmes import phase, programme
from bot.cli.progress import progress
from bot.cli.run import run
from bot.cli.seed import seed
from bot.cli.speech import SpokenGroup, spoken
from bot.cli.zalo_oa import zalo_oa


@click.group(cls=SpokenGroup)
def main() -> None:
    """Sáng kiến bot."""


for command in (
    run,
    seed,
    units,
    programme,
    phase,
    targets,
    counts,
    dayoff,
    campaign,
    people,
    invite,
    poster,
    progress,
    export,
    check,
    db,
    backup,
    zalo_oa,
):
    main.add_command(command if isinstance(command, SpokenGroup) else spoken(command))
