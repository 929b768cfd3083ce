"""``invite`` and ``poster``: how people come in."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import click

from bot.channels.door import Parts, open_doors
from bot.channels.handing_out import HandingOut
from bot.cli.common import acting, command, fail, reading, tell, texts, words
from bot.cli.files import replacing
from bot.cli.speech import SpokenGroup
from bot.clock import SystemClock
from bot.config import Settings
from bot.documents.poster import PosterView, draw_poster
from bot.documents.words import picture_words
from bot.media.store import MediaStore
from bot.services.people import passes
from bot.services.units.finding import unit_of
from storage.engine import Database, open_engine
from storage.people.tables import Role

#: Nobody has more that are open.
_LISTED = 500


@click.command()
@click.argument("unit")
@click.option("--role", type=click.Choice([one.value for one in Role]))
@click.option("--uses", type=click.IntRange(1, 10_000), default=1, metavar="N")
@click.option("--days", type=click.IntRange(1, 365), default=passes.INVITE_LIFE.days, metavar="N")
@command
async def invite(settings: Settings, unit: str, role: str | None, uses: int, days: int) -> None:
    """A code that brings somebody in."""
    async with acting(settings) as (_, act):
        found = await unit_of(act.session, unit)
        code, until = await passes.invite(
            act, found.id, Role(role) if role else None, uses=uses, life=timedelta(days=days)
        )
    said = (
        tell("cli.invite.with_role", unit=found.name, role=tell(f"role.{role}"))
        if role
        else tell("cli.invite.member", unit=found.name)
    )
    click.echo(tell("cli.invite.made", what=said, n=uses, until=words().moment(until)))
    click.echo(code)
    click.echo(f"{settings.web.root}/i/{code}")


@click.group(cls=SpokenGroup)
def invites() -> None:
    """Invites that can still be used."""


@invites.command("list")
@click.argument("unit")
@command
async def invites_list(settings: Settings, unit: str) -> None:
    """Those of a unit."""
    async with reading(settings) as act:
        found = await unit_of(act.session, unit)
        open_ones = await passes.open_invites(act, found.id, offset=0, limit=_LISTED)
    say = words()
    for made, by in open_ones:
        click.echo(
            tell(
                "cli.invites.line",
                id=made.id,
                role=tell(f"role.{made.role.value if made.role else 'member'}"),
                who=by or tell("invites.administrator"),
                until=say.moment(made.expires_at),
                n=made.uses_left,
            )
        )
    if not open_ones:
        click.echo(tell("invites.none"))


@invites.command("cancel")
@click.argument("number", type=click.IntRange(1, 10**9))
@command
async def invites_cancel(settings: Settings, number: int) -> None:
    """Let one open nothing any more."""
    async with acting(settings) as (_, act):
        await passes.cancel_invite(act, number)
    click.echo(tell("cli.invites.cancelled"))


@click.command()
@click.argument("unit")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE")
@command
async def poster(settings: Settings, unit: str, output: Path) -> None:
    """A poster for a workshop's wall."""
    suffix = output.suffix.lower()
    if suffix not in (".png", ".pdf"):
        fail(tell("cli.poster.kind", file=str(output)))
    kind: Literal["png", "pdf"] = "png" if suffix == ".png" else "pdf"
    async with reading(settings) as act:
        found = await unit_of(act.session, unit)
    # It hangs where workers read it, whatever language the administrator's terminal has.
    say = words("vi")
    where = ", ".join(dict.fromkeys(str(say(f"channel.{name}")) for name in await _messengers(settings)))
    view = PosterView(found.name, f"{settings.web.root}/i/{found.join_code}", found.join_code, where)
    drawn = draw_poster(view, format=kind, words=picture_words(say))
    with replacing(output) as part:
        part.write_bytes(drawn)
    click.echo(tell("cli.poster.done", file=str(output), url=view.url))


async def _messengers(settings: Settings) -> list[str]:
    """The channels of the messengers that are switched on, as they are offered; none of them is contacted."""
    database = Database(open_engine(settings.database.url))
    try:
        clock = SystemClock()
        media = MediaStore(settings.media.folder, database, clock)
        handing_out = HandingOut(settings.web.root, b"", media, database, clock, timedelta())
        doors = open_doors(Parts(settings, database, media, texts(), clock, handing_out, lambda: None))
    finally:
        await database.close()
    return [door.channel.name for door in sorted(doors, key=lambda door: door.standing)]
