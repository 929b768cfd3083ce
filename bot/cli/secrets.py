"""``secrets``: how what is secret is kept in the database."""

import click

from bot.cli.common import acting, command, fail, tell
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from storage import marks, vault
from storage.delivery import credentials
from storage.vault import WrongKey


@click.group(cls=SpokenGroup)
def secrets() -> None:
    """Secrets at rest."""


@secrets.command("renew")
@command
async def secrets_renew(settings: Settings) -> None:
    """Encrypt everything with the newest key."""
    try:
        async with acting(settings) as (_, act):
            number = await credentials.write_again(act.session)
            kept = await marks.value_of(act.session, "secret")
            if kept is not None:
                await marks.put(act.session, "secret", {"hex": vault.lock(vault.open_kept(kept["hex"]))})
                number += 1
            act.record("secrets_renewed", number=number, encrypted=bool(settings.secrets.keys))
    except WrongKey as problem:
        fail(tell("cli.secrets.wrong_key", problem=str(problem)))
    click.echo(tell("cli.secrets.renewed" if settings.secrets.keys else "cli.secrets.plain", n=number))
