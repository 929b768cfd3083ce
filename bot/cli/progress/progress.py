"""``progress``: how far a unit is, in the words and as the picture that officers get in the chat."""

import asyncio
from pathlib import Path

import click
from markupsafe import Markup

from bot.cli.common import command, fail, reading, tell, words
from bot.cli.files import replacing
from bot.config import Settings
from bot.documents.progress_picture import draw_progress
from bot.documents.words import picture_words
from bot.screens.progress.picture import child_words, progress_lines, progress_view
from bot.services.initiatives.programmes import PhaseView, ProgrammeBook, ProgrammeView
from bot.services.progress import progress as standings
from bot.services.units.finding import unit_of


@click.command()
@click.argument("unit")
@click.option("--phase", "only_phase", metavar="CODE")
@click.option("--picture", "picture", type=click.Path(path_type=Path), metavar="FILE.png")
@click.option("--dark", is_flag=True)
@command
async def progress(
    settings: Settings, unit: str, only_phase: str | None, picture: Path | None, *, dark: bool
) -> None:
    """How far a unit is."""
    if picture is not None and picture.suffix.lower() != ".png":
        fail(tell("cli.progress.kind", file=str(picture)))
    say, book = words(), ProgrammeBook()
    async with reading(settings) as act:
        await book.refresh(act.session)
        one = await unit_of(act.session, unit)
        programme = book.for_unit(one.path, act.today)
        phase = _phase(programme, only_phase)
        found = await standings.progress(act, one.id, programme, phase.id if phase else None)
    lines = progress_lines(say, found)
    if found.children:
        lines.append(say("progress.ranked_count"))
        lines += [
            Markup("{}. {}").format(at, child_words(say, child)) for at, child in enumerate(found.children, 1)
        ]
    click.echo("\n".join(line.striptags() if line.strip() else "" for line in lines))
    if picture is not None:
        view = progress_view(found, act.now)
        drawn = await asyncio.to_thread(draw_progress, view, words=picture_words(say), dark=dark)
        with replacing(picture) as part:
            part.write_bytes(drawn)
        click.echo(tell("cli.progress.drawn", file=str(picture)))


def _phase(programme: ProgrammeView | None, code: str | None) -> PhaseView | None:
    if programme is None or code is None:
        return None
    found = next((one for one in programme.phases if one.code.casefold() == code.casefold()), None)
    if found is None:
        codes = ", ".join(one.code for one in programme.phases)
        fail(tell("cli.progress.no_phase", code=code, codes=codes))
    return found
