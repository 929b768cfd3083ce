"""``campaign``: peak weeks and months, made from a file and followed at the command line."""

from collections.abc import Awaitable, Sequence
from datetime import date
from pathlib import Path

import click

from bot.cli.common import acting, command, fail, reading, tell, texts, words
from bot.cli.importing import dry_run_option, file_argument, from_file
from bot.cli.speech import SpokenGroup
from bot.config import Settings
from bot.documents.table import Table
from bot.quiet_hours import quiet_hours
from bot.screens.campaigns import words as campaign_words
from bot.screens.mailings import words as mailing_words
from bot.screens.showing import PlainShowing
from bot.services.act import Act
from bot.services.campaigns import calendar, figures, plan, seeing, steering
from bot.services.campaigns import file as campaign_file
from bot.services.campaigns.file import Made, WrongFile
from bot.services.campaigns.imports import COLUMNS, import_campaign_targets
from bot.services.campaigns.moments import Foreseen, foresee
from bot.services.campaigns.plan import When
from bot.services.imports import Outcome, Told
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.shared import DataHolder, Links, Services
from storage.campaigns import campaigns as stored
from storage.campaigns import moments
from storage.campaigns import targets as stored_targets
from storage.campaigns.tables import Campaign, CampaignKind, CampaignState
from storage.mailings import mailings
from storage.mailings.audience import Reached
from storage.mailings.tables import MailingState
from storage.units.tables import Unit

#: More units than a terminal shows at once are summed up.
_MOST_SHOWN = 40
_COUNTS = ("sent", "blocked", "failed", "uncertain", "skipped")
_number = click.argument("number", type=click.IntRange(1, 2**31 - 1), metavar="NO")


@click.group(cls=SpokenGroup)
def campaign() -> None:
    """Peak weeks and months."""


# ---------------------------------------------------------------- making one


def _print_example(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own
    if wanted:
        click.echo(_example())
        ctx.exit()


def _example() -> str:
    """A file with everything that can be said in one, in the administrator's language."""
    steps = []
    for step in plan.template(CampaignKind.PEAK_WEEK):
        steps.append(f"\n[steps.{step.key}]  # {tell(f'campaign.step.{step.key}')}")
        steps.append(f'# at = "{step.at:%H:%M}"')
        if step.when in (When.AFTER, When.BEFORE_END, When.EACH):
            steps.append(f"# days = {step.offset}  # {tell(f'cli.campaign.days.{step.when.value}')}")
    return tell("cli.campaign.example", starts="2027-03-01", ends="2027-03-07", steps="\n".join(steps))


@campaign.command("make")
@file_argument
@click.option("--example", is_flag=True, is_eager=True, expose_value=False, callback=_print_example)
@dry_run_option
@command
async def make(settings: Settings, file: Path, *, dry_run: bool) -> None:
    """Make a campaign from a file."""
    book = ProgrammeBook()
    try:
        wanted = campaign_file.read(file)
        async with acting(settings) as (_, act):
            await book.refresh(act.session)
            trial = await act.session.begin_nested()
            made = await campaign_file.make(act, book, wanted, quiet_hours(settings.reminders))
            lines = _made(made, dry_run=dry_run)
            bare = await calendar.years_without(act.session, made.campaign.starts, made.campaign.ends)
            await (trial.rollback() if dry_run or not made.is_new else trial.commit())
    except WrongFile as wrong:
        fail("\n".join(f"{file}: {one.place}: {tell(one.key, **one.args)}" for one in wrong.wrong))
    click.echo("\n".join(lines))
    for year in bare:
        click.echo(tell("cli.campaign.no_days_off", year=str(year)), err=True)


def _made(made: Made, *, dry_run: bool) -> list[str]:
    one = made.campaign
    key = "there" if not made.is_new else "would" if dry_run else "made"
    lines = [
        tell(f"cli.campaign.{key}", number=str(one.id), name=one.name, unit=made.unit.name, days=_days(one))
    ]
    if made.overlapping:
        lines.append(tell("campaign.overlaps", names=", ".join(other.name for other in made.overlapping)))
    lines += ["", tell("cli.campaign.targets"), *_targets(made.targets)]
    lines += ["", tell("cli.campaign.plan"), *(_moment(each) for each in made.foreseen)]
    if made.silent:
        steps = ", ".join(tell(f"campaign.step.{step.key}") for step in made.silent)
        lines.append(tell("cli.campaign.silent", steps=steps))
    return lines


def _days(one: Campaign) -> str:
    say = words()
    return tell(
        "campaign.days",
        kind=say(f"campaign.kind.{one.kind.value}"),
        starts=say.date(one.starts),
        ends=say.date(one.ends),
    )


def _targets(targets: Sequence[tuple[Unit, int]]) -> list[str]:
    if not targets:
        return [tell("cli.campaign.no_targets")]
    lines = [
        f"  {unit.code}  {unit.name}: {words().number(number)}" for unit, number in targets[:_MOST_SHOWN]
    ]
    if len(targets) > _MOST_SHOWN:
        lines.append("  " + tell("cli.campaign.more_units", n=len(targets) - _MOST_SHOWN))
    return lines


def _moment(foreseen: Foreseen) -> str:
    planned = foreseen.planned
    at = words().moment(planned.due_at)
    return f"  {at:<16}  {tell(f'campaign.step.{planned.step.key}')}: {_people(foreseen.reached)}"


def _people(reached: Reached) -> str:
    by_channel = sorted(reached.by_channel.items())
    over = ", ".join(f"{tell(f'channel.{name}')} {words().number(number)}" for name, number in by_channel)
    return tell("cli.campaign.people", n=reached.total, over=f" ({over})" if over else "")


# ---------------------------------------------------------------- looking at them


@campaign.command("list")
@command
async def campaign_list(settings: Settings) -> None:
    """All of them, the newest first."""
    async with reading(settings) as act:
        rows = await stored.with_unit_codes(act.session)
    for one, unit in rows:
        say = words()
        days = f"{say.date(one.starts)} – {say.date(one.ends)}"
        click.echo(f"{one.id}  {days}  {unit}  {one.name}  ({_state(one)})")
    if not rows:
        click.echo(tell("cli.campaign.none"))


def _state(one: Campaign) -> str:
    return tell(f"campaign.state.{'paused' if one.paused_at is not None else one.state.value}")


async def _of(act: Act, number: int) -> Campaign:
    found = await act.session.get(Campaign, number)
    if found is None:
        fail(tell("cli.campaign.no_such", number=str(number)))
    return found


@campaign.command("show")
@_number
@command
async def show(settings: Settings, number: int) -> None:
    """Where one stands, and what became of each of its messages."""
    holder = DataHolder(settings.holder.name, settings.holder.contact)
    book = ProgrammeBook()
    async with reading(settings) as act:
        await book.refresh(act.session)
        one = await _of(act, number)
        unit = await act.session.get_one(Unit, one.unit_id)
        lines = [
            one.name,
            f"{unit.code}  {unit.name}",
            _days(one),
            tell("campaign.serves", phase=await seeing.phase_name(act, one)),
            tell("campaign.state_is", state=_state(one)),
        ]
        if one.state in (CampaignState.RUNNING, CampaignState.ENDED):
            services = Services(texts(), book, Links(settings.web.root), holder)
            showing = PlainShowing(act.session, services, words(), act.now)
            here = await figures.today_of(act, book, one, one.unit_id)
            said = await campaign_words.digest(showing, one, here)
            lines += [line.striptags() for line in said]
        lines += [
            "",
            tell("cli.campaign.targets"),
            *_targets(await stored_targets.with_units(act.session, one.id)),
        ]
        lines += ["", tell("cli.campaign.plan"), *await _told(act, one)]
        bare = await calendar.years_without(act.session, max(one.starts, act.today), one.ends)
    click.echo("\n".join(lines))
    for year in bare:
        click.echo(tell("cli.campaign.no_days_off", year=str(year)), err=True)


async def _told(act: Act, one: Campaign) -> list[str]:
    """Each message of a campaign: to how many it went, to whom not and why, or to how many it will go."""
    foreseen = {(each.planned.step.key, each.planned.day): each for each in await foresee(act, one, {})}
    lines = []
    for mailing in await moments.in_order(act.session, one.id):
        step, day = mailing.details.get("step", ""), mailing.details.get("day", "")
        at, what = words().moment(mailing.due_at), tell(f"campaign.step.{step}")
        said = [mailing_words.state_words(words(), mailing)]
        ahead = foreseen.get((step, date.fromisoformat(day)))
        if mailing.state is MailingState.PLANNED and ahead is not None:
            said.append(_people(ahead.reached))
        if mailing.reason is not None:
            said.append(_reason(mailing.reason))
        said += [
            tell(f"mailing.count.{name}", n=number) for name in _COUNTS if (number := getattr(mailing, name))
        ]
        lines.append(f"  {at:<16}  {what}: " + " · ".join(said))
        if mailing.total:
            why = await mailings.reasons(act.session, mailing.id)
            lines += [
                f"  {'':<16}    {_reason(reason)}: {words().number(number)}"
                for (_, reason), number in sorted(why.items())
                if reason
            ]
    return lines


def _reason(reason: str) -> str:
    for key in (f"mailing.why.{reason}", f"mailing.because.{reason}"):
        if words().has(key):
            return tell(key)
    return reason


# ---------------------------------------------------------------- steering


@campaign.command("targets")
@_number
@file_argument
@dry_run_option
@command
async def targets(settings: Settings, number: int, file: Path, *, dry_run: bool) -> None:
    """The targets of its units from a file."""

    def work(act: Act, table: Table, *, dry_run: bool, told: Told) -> Awaitable[Outcome]:
        return import_campaign_targets(act, table, campaign_id=number, dry_run=dry_run, told=told)

    async with reading(settings) as act:
        await _of(act, number)
    await from_file(settings, file, COLUMNS, work, dry_run=dry_run)


@campaign.command("pause")
@_number
@command
async def pause(settings: Settings, number: int) -> None:
    """Nothing of it is sent until it goes on."""
    async with acting(settings) as (_, act):
        one = await steering.pause(act, (await _of(act, number)).id)
    click.echo(tell("cli.campaign.is_now", name=one.name, state=_state(one)))


@campaign.command("resume")
@_number
@command
async def resume(settings: Settings, number: int) -> None:
    """Go on."""
    async with acting(settings) as (_, act):
        one = await steering.resume(act, (await _of(act, number)).id)
    click.echo(tell("cli.campaign.is_now", name=one.name, state=_state(one)))


@campaign.command("end")
@_number
@click.option("--yes", "end_sure", is_flag=True)
@command
async def end(settings: Settings, number: int, *, end_sure: bool) -> None:
    """End it today; one that has not begun is taken back."""
    async with acting(settings) as (_, act):
        one = await _of(act, number)
        if end_sure:
            one = await steering.end(act, number)
    if not end_sure:
        click.echo(tell(f"cli.campaign.would_end.{one.state.value}", name=one.name))
    elif one.ended_at is None:
        click.echo(tell("cli.campaign.ends_today", name=one.name))
    else:
        click.echo(tell("cli.campaign.is_now", name=one.name, state=_state(one)))
