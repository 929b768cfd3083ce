"""``zalo-oa``: the tokens by which a Zalo Official Account lets the bot in."""

import click

from bot.channels.zalo_oa.tokens import NAME
from bot.cli.common import acting, command, fail, reading, tell, words
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from storage.delivery import credentials


@click.group(cls=SpokenGroup)
def zalo_oa() -> None:
    """Zalo Official Account."""


@zalo_oa.command("token")
@click.argument("token", required=False)
@command
async def zalo_oa_token(settings: Settings, token: str | None) -> None:
    """Put in a refresh token that was got by hand. Without it on the line it is asked for, and not shown."""
    token = (token or str(click.prompt(tell("cli.zalo_oa.ask"), hide_input=True))).strip()
    if not token or any(char.isspace() for char in token):
        fail(tell("cli.zalo_oa.no_token"))
    async with acting(settings) as (_, act):
        given = settings.zalo_oa.refresh_token.get_secret_value()
        await credentials.put(act.session, NAME, token, act.now, settings=given)
    click.echo(tell("cli.zalo_oa.put"))


@zalo_oa.command("status")
@command
async def zalo_oa_status(settings: Settings) -> None:
    """How the access stands; ends with 1 when somebody has to act."""
    async with reading(settings) as act:
        found = await credentials.get(act.session, NAME)
    if found is None:
        has_one = bool(settings.zalo_oa.refresh_token.get_secret_value())
        click.echo(tell("cli.zalo_oa.not_yet" if has_one else "cli.zalo_oa.none"))
        raise SystemExit(0 if has_one else 1)
    if found.lost_at is not None:
        click.echo(tell("cli.zalo_oa.lost", when=words().moment(found.lost_at), why=found.lost_why or ""))
        raise SystemExit(1)
    click.echo(tell("cli.zalo_oa.renewed", when=words().moment(found.renewed_at)))
    if found.use_until is not None:
        click.echo(tell("cli.zalo_oa.until", when=words().moment(found.use_until)))
