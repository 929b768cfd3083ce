"""``programme`` and ``phase``: what initiatives are brought for, and when."""

import json
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.common import acting, command, fail, reading, tell, words
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.services.initiatives import programme_setup
from bot.services.initiatives.programme_setup import WrongRules
from storage.initiatives import programmes as stored
from storage.initiatives.tables import CountedState


class Day(click.ParamType[date]):
    """A day: 31/12/2026 or 2026-12-31."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401 - click's own
        """Read it."""
        if isinstance(value, date):
            return value
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007 - a calendar day has no zone
            except ValueError:
                continue
        raise click.BadParameter(tell("cli.cell.not_a_day", typed=str(value)), ctx, param)


#: For arguments and options that are days.
DAY = Day()
_starts = click.option("--starts", type=DAY, metavar="DD/MM/YYYY")
_ends = click.option("--ends", type=DAY, metavar="DD/MM/YYYY")
_name = click.option("--name")


@click.group(cls=SpokenGroup)
def programme() -> None:
    """Programmes."""


@programme.command("set")
@click.argument("code")
@_name
@click.option("--unit", metavar="CODE")
@_starts
@_ends
@click.option("--counts", type=click.Choice([one.value for one in CountedState]))
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), metavar="FILE")
@command
async def programme_set(
    settings: Settings,
    code: str,
    name: str | None,
    unit: str | None,
    starts: date | None,
    ends: date | None,
    counts: str | None,
    rules_file: Path | None,
) -> None:
    """Make or change a programme."""
    rules = None if rules_file is None else _rules(rules_file)
    async with acting(settings) as (_, act):
        try:
            is_new = await programme_setup.set_programme(
                act,
                _code(code),
                name=name,
                unit=unit,
                starts=starts,
                ends=ends,
                counts=CountedState(counts) if counts else None,
                rules=rules,
            )
        except WrongRules as wrong:
            places = [
                tell("cli.programme.unknown_rule", key=key)
                if kind == "extra_forbidden"
                else tell("cli.programme.wrong_rule", key=key, problem=problem)
                for key, kind, problem in wrong.places
            ]
            fail("\n".join(f"{rules_file}: {one}" for one in places))
    click.echo(tell("cli.programme.made" if is_new else "cli.programme.changed", code=code))


def _code(code: str) -> str:
    if not (code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= 20):
        fail(tell("cli.programme.not_a_code", code=code))
    return code


def _rules(file: Path) -> dict[str, Any]:
    try:
        content = file.read_text("utf-8-sig")
        found = json.loads(content) if file.suffix.lower() == ".json" else tomllib.loads(content)
    except OSError as problem:
        fail(tell("cli.table.unreadable", file=str(file), problem=problem.strerror or ""))
    except ValueError as problem:
        fail(tell("cli.programme.not_rules", file=str(file), problem=str(problem)))
    if not isinstance(found, dict):
        fail(tell("cli.programme.not_rules", file=str(file), problem=""))
    return found


@programme.command("list")
@command
async def programme_list(settings: Settings) -> None:
    """Programmes with their phases."""
    say = words()
    async with reading(settings) as act:
        rows = await stored.with_units(act.session)
        phases = await stored.phases(act.session)
    if not rows:
        click.echo(tell("cli.programme.none"))
    for one, unit in rows:
        when = f"{say.date(one.starts)} – {say.date(one.ends)}"
        click.echo(f"{one.code}  {one.name}  {unit.code}  {when}  {tell(f'cli.count.{one.counts.value}')}")
        for phase in phases:
            if phase.programme_id == one.id:
                when = f"{say.date(phase.starts)} – {say.date(phase.ends)}"
                click.echo(f"  {phase.code}  {phase.name}  {when}")


@click.group(cls=SpokenGroup)
def phase() -> None:
    """Phases."""


@phase.command("set")
@click.argument("programme")
@click.argument("code")
@_name
@_starts
@_ends
@command
async def phase_set(
    settings: Settings,
    programme: str,
    code: str,
    name: str | None,
    starts: date | None,
    ends: date | None,
) -> None:
    """Make or change a phase."""
    async with acting(settings) as (_, act):
        is_new = await programme_setup.set_phase(
            act, programme, _code(code), name=name, starts=starts, ends=ends
        )
    click.echo(tell("cli.phase.made" if is_new else "cli.phase.changed", code=code))
