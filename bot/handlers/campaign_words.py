"""Campaigns in words: each message of a plan as people get it, and where a campaign stands."""

from datetime import datetime

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local_date
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Picture, Row, Screen
from bot.handlers.officer import ProgressDrawing
from bot.handlers.turn import World, menu_row
from bot.reports.progress_picture import DayPoint, ProgressRow, ProgressView
from bot.services import campaigns, progress, review
from bot.services.campaigns import Figures
from bot.texts import Say
from storage import campaigns as stored
from storage import initiatives, tally
from storage.campaigns import Campaign
from storage.models import InitiativeState, Unit

#: Kinds whose words depend on which unit somebody steers or checks for.
OF_ROLE = ("team", "officers")
_ROWS = 12


async def message(
    session: AsyncSession, world: World, say: Say, campaign: Campaign, kind: str, unit_id: int, now: datetime
) -> Screen | None:
    """A campaign's message; None when there is nothing to tell. ``unit_id``: for whom of a role it is."""
    if kind == "team":
        return await _team(session, say, campaign, unit_id, now)
    if kind == "officers":
        return await _officers(session, world, say, campaign, unit_id, now)
    figures = await campaigns.figures(session, world.programmes, campaign, campaign.unit_id, local_date(now))
    unit = await session.get_one(Unit, campaign.unit_id)
    text = say(
        f"campaign.message.{kind}",
        name=campaign.name,
        unit=unit.name,
        starts=say.date(campaign.starts),
        ends=say.date(campaign.ends),
    )
    lines = [text]
    if kind in ("middle", "three_left", "last_day", "result") and figures.target:
        lines.append(
            say(
                "campaign.so_far",
                gained=figures.gained,
                target=figures.target,
                percent=say.percent(figures.part or 0.0),
            )
        )
    action = "nudge" if kind == "unfinished" else "new"
    key = "campaign.go_on" if kind == "unfinished" else "menu.submit"
    first: tuple[Row, ...] = () if kind == "result" else ((Choice(say(key), action),),)
    return Screen(Markup("\n").join(lines), (*first, stop_row(say)))


def stop_row(say: Say) -> Row:
    """On every reminder: no more of them."""
    return (Choice(say("campaign.stop"), "remind.off"),)


async def _team(
    session: AsyncSession, say: Say, campaign: Campaign, unit_id: int, now: datetime
) -> Screen | None:
    unit = await session.get_one(Unit, unit_id)
    waiting = await initiatives.queue_size(session, [unit.path], [InitiativeState.SUBMITTED])
    if not waiting:
        return None
    late = await initiatives.nearly_late(session, unit.path, now)
    text = say("campaign.message.team", name=campaign.name, n=waiting, count=review.counted(say, waiting))
    lines = [text, *([say("campaign.nearly_late", n=late)] if late else [])]
    return Screen(
        Markup("\n").join(lines),
        ((Choice(say("campaign.open_queue"), "queue"),), stop_row(say)),
    )


async def _officers(
    session: AsyncSession, world: World, say: Say, campaign: Campaign, unit_id: int, now: datetime
) -> Screen:
    today = local_date(now)
    figures = await campaigns.figures(session, world.programmes, campaign, unit_id, today)
    lines = [
        say("campaign.message.officers", name=campaign.name, unit=figures.unit.name),
        *await digest(session, world, say, campaign, figures, unit_id, now),
    ]
    view = await view_of(session, world, campaign, figures, unit_id, now)
    alt = str(Markup("\n").join(lines).striptags())
    return Screen(
        Markup("\n").join(lines),
        ((Choice(say("campaign.open_progress"), f"progress.{unit_id}.{campaign.phase_id}"),), stop_row(say)),
        pictures=(Picture(alt, drawing=ProgressDrawing(view, say)),),
    )


async def digest(
    session: AsyncSession,
    world: World,
    say: Say,
    campaign: Campaign,
    figures: Figures,
    unit_id: int,
    now: datetime,
) -> list[Markup]:
    """Count, target, %, what today brought, the pace that is needed, who leads, who has nothing yet."""
    lines = [
        say(
            "campaign.so_far",
            gained=figures.gained,
            target=figures.target,
            percent=say.percent(figures.part or 0.0),
        )
        if figures.target
        else say("campaign.gained", n=figures.gained)
    ]
    yesterday = await stored.count_before(
        session, unit_id, campaign.phase_id, local_date(now), _counted(world, campaign)
    )
    if yesterday is not None:
        lines.append(say("campaign.today", n=max(figures.unit.count - yesterday, 0)))
    if figures.pace_needed:
        pace = figures.pace_needed
        shown = round(pace, 1) if pace < 10 else round(pace)
        lines.append(say("progress.pace", pace=say.number(shown), n=figures.days_left))
    children = await _children(session, world, campaign, unit_id)
    leading = [one for one in progress.ranked(children, "part") if one.part][:3]
    if leading:
        names = "; ".join(f"{one_line(one.name, 40)} {say.percent(one.part or 0)}" for one in leading)
        lines.append(say("campaign.leading", names=names))
    silent = [one.name for one in children if not one.count]
    if silent:
        shown_names = "; ".join(one_line(name, 40) for name in silent[:5])
        lines.append(say("campaign.nothing_yet", n=len(silent), names=shown_names))
    return lines


def _counted(world: World, campaign: Campaign) -> str:
    programme = world.programmes.with_phase(campaign.phase_id)
    return programme.counts.value if programme else "approved"


async def _children(
    session: AsyncSession, world: World, campaign: Campaign, unit_id: int
) -> list[progress.Standing]:
    programme = world.programmes.with_phase(campaign.phase_id)
    if programme is None:
        return []
    rows = await tally.counts(session, [campaign.phase_id], parent_id=unit_id)
    return [progress.standing(row, programme.counts) for row in rows]


async def view_of(
    session: AsyncSession, world: World, campaign: Campaign, figures: Figures, unit_id: int, now: datetime
) -> ProgressView:
    """The picture of a campaign: done against target by unit, and the line of its days."""
    counted = _counted(world, campaign)
    line = await stored.line(session, unit_id, campaign.phase_id, campaign.starts, campaign.ends, counted)
    before = await stored.count_before(session, unit_id, campaign.phase_id, campaign.starts, counted) or 0
    days: list[DayPoint] = []
    last = before
    for day, count in [*line, (local_date(now), figures.unit.count)]:
        if days and days[-1].day == day:
            continue
        days.append(DayPoint(day, max(count - last, 0)))
        last = count
    children = progress.ranked(await _children(session, world, campaign, unit_id), "part")
    return ProgressView(
        unit_name=figures.unit.name,
        phase_name=campaign.name,
        as_of=now,
        count=figures.gained,
        target=figures.target,
        pace_needed=figures.pace_needed,
        per_member=None,
        benefit_vnd=figures.unit.benefit,
        rows=tuple(ProgressRow(child.name, child.count, child.target) for child in children[:_ROWS]),
        days=tuple(days),
        starts=campaign.starts,
        ends=campaign.ends,
    )


async def status(
    session: AsyncSession, world: World, say: Say, campaign: Campaign, now: datetime
) -> tuple[Markup, tuple[Row, ...]]:
    """Where a campaign stands, and what its officer can do with it."""
    state = "paused" if campaign.paused_at is not None else campaign.state.value
    lines = [
        Markup("<b>{}</b>").format(campaign.name),
        say(
            "campaign.days",
            kind=say(f"campaign.kind.{campaign.kind.value}"),
            starts=say.date(campaign.starts),
            ends=say.date(campaign.ends),
        ),
        say("campaign.state_is", state=say(f"campaign.state.{state}")),
    ]
    if campaign.state.value in ("running", "ended"):
        figures = await campaigns.figures(
            session, world.programmes, campaign, campaign.unit_id, local_date(now)
        )
        lines += await digest(session, world, say, campaign, figures, campaign.unit_id, now)
    number = campaign.id
    rows: list[Row] = [
        (
            Choice(say("campaign.plan"), f"cp.plan.{number}"),
            Choice(say("campaign.targets"), f"cp.targets.{number}"),
        )
    ]
    if campaign.state.value in ("planned", "running"):
        turn_on = campaign.paused_at is not None
        rows.append(
            (
                Choice(
                    say("campaign.resume" if turn_on else "campaign.pause"),
                    f"cp.resume.{number}" if turn_on else f"cp.pause.{number}",
                ),
                Choice(say("campaign.end"), f"cp.end.{number}"),
            )
        )
    if campaign.state.value in ("running", "ended"):
        rows.append((Choice(say("progress.picture"), f"cp.picture.{number}"),))
    rows.append((Choice(say("campaign.back"), "cp.list"), *menu_row(say)))
    return Markup("\n").join(lines), tuple(rows)
