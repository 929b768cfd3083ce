"""``audit``: the trail of what was done, proved, archived and read."""

from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import acting, command, fail, reading, tell, words
from bot.cli.speech import SpokenGroup
from bot.clock import LOCAL_ZONE
from bot.config import Settings
from bot.services import audit as trail
from storage import trail_reading
from storage.trail_reading import Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=SpokenGroup)
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@click.option("--heads", type=_FILE, metavar="FILE")
@click.option("--archive", type=_FILE, metavar="FILE")
@command
async def audit_verify(settings: Settings, heads: Path | None, archive: Path | None) -> None:
    """Whether anything was altered, removed or inserted."""
    written = heads or settings.audit.heads_file
    known: Mapping[int, str] = trail.read_heads(written) if written and written.is_file() else {}
    archived: Sequence[Mapping[str, Any]] = trail.read_archive(archive) if archive else ()
    async with reading(settings) as act:
        found, older = await trail.verify(act.session, act.now, known, archived)
    for fault in found.faults:
        click.echo(tell(f"cli.audit.fault.{fault.what}", seq=fault.seq, id=fault.event_id), err=True)
    for seq in older:
        click.echo(tell("cli.audit.fault.archive", seq=seq), err=True)
    say = words()
    click.echo(
        tell(
            "cli.audit.found",
            n=say.number(found.events),
            erased=say.number(found.erased),
            waiting=found.waiting,
            heads=len(known),
            seq=found.seq,
            link=found.link,
        )
    )
    if found.faults or older:
        fail(tell("cli.audit.broken", n=len(found.faults) + len(older)))
    click.echo(tell("cli.audit.sound"))


@audit.command("archive")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE")
@command
async def audit_archive(settings: Settings, file: Path, before: datetime) -> None:
    """Take old events out into a file, from which the chain goes on."""
    moment = datetime.combine(before.date(), time(), LOCAL_ZONE)
    async with acting(settings) as (_, act):
        number = await trail.archive(act, moment, file)
    click.echo(tell("cli.audit.archived", n=number, file=str(file)))


@audit.command("list")
@click.option("--last", type=click.IntRange(1, 10_000), default=50, metavar="N")
@click.option("--archive", type=_FILE, metavar="FILE")
@command
async def audit_list(settings: Settings, last: int, archive: Path | None) -> None:
    """What was done, the newest first; or what an archive says, the oldest first."""
    if archive is not None:
        for line in trail.read_archive(archive)[:last]:
            event = line["event"] or {}
            who = {name: event.get(name) for name in ("actor", "person", "initiative", "unit")}
            click.echo(f"{line['seq']} {event.get('at')} {event.get('kind')} {who} {event.get('details')}")
        return
    async with acting(settings) as (_, act):
        found = await trail_reading.page(act.session, None, offset=0, limit=last)
    for one in found:
        click.echo(_line(one))


def _line(one: Told) -> str:
    event = one.event
    parts = [f"{event.id} {event.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S} {event.kind}"]
    parts += [f"{name}={value}" for name, value in (
        ("by", one.actor), ("code_of", one.helper), ("whom", one.person), ("unit", one.unit), ("initiative", one.code),
    ) if value]  # fmt: skip
    return " ".join([*parts, str(event.details) if event.details else ""]).strip()
