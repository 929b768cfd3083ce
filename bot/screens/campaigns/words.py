"""Campaigns in words: each message of a plan as people get it, and where a campaign stands."""

from datetime import date, datetime

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local_date
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Picture, Row, Screen
from bot.documents.progress_picture import DayPoint, ProgressRow, ProgressView
from bot.documents.words import needed_a_day
from bot.screens.campaigns.actions import ShowCampaignPicture
from bot.screens.progress.picture import other_ground, progress_picture
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns.figures import Figures
from bot.services.campaigns.plan import Step
from bot.services.praise import thanks
from bot.services.progress import progress
from bot.services.review import review
from bot.services.shared import Services
from bot.texts import Say
from storage.campaigns.tables import Campaign
from storage.initiatives import cards as initiatives
from storage.initiatives.tables import InitiativeState
from storage.units.tables import Unit

#: Rows of a picture.
_ROWS = 12
#: Names in a sentence on who leads, and on who has nothing yet.
_LEADING, _SILENT = 3, 5
#: Messages that say how far the campaign has come.
_WITH_FIGURES = ("middle", "three_left", "last_day", "result")


async def message(
    session: AsyncSession,
    services: Services,
    say: Say,
    campaign: Campaign,
    step: Step,
    unit_id: int,
    now: datetime,
) -> Screen | None:
    """A campaign's message; None when there is nothing to tell. ``unit_id``: for whom of a role it is."""
    if step.kind == "team":
        return await _team(session, say, campaign, step, unit_id, now)
    if step.kind in ("officers", "report"):
        return await _officers(session, services, say, campaign, step, unit_id, now)
    unit = await session.get_one(Unit, campaign.unit_id)
    lines = [
        _words(
            say,
            step,
            name=campaign.name,
            unit=unit.name,
            starts=say.date(campaign.starts),
            ends=say.date(campaign.ends),
        )
    ]
    if step.kind in _WITH_FIGURES:
        figures = await campaign_figures.of_unit(
            session, services.programmes, campaign, campaign.unit_id, local_date(now)
        )
        lines += [so_far(say, figures)] if figures.target or step.kind == "result" else []
    if step.kind == "result":
        lines += await _thanks(session, say, campaign, unit.path)
        return Screen(Markup("\n").join(lines), (stop_row(say),))
    action, key = ("nudge", "campaign.go_on") if step.kind == "unfinished" else ("new", "menu.submit")
    return Screen(Markup("\n").join(lines), ((Choice(say(key), action),), stop_row(say)))


def _words(say: Say, step: Step, *, name: str, **args: object) -> Markup:
    """The usual sentence of a step, or an officer's own words below the campaign's name."""
    if step.words:
        return say("campaign.own_words", name=name, words=step.words)
    return say(f"campaign.message.{step.kind}", name=name, **args)


def stop_row(say: Say) -> Row:
    """On every reminder: no more of them."""
    return (Choice(say("campaign.stop"), "remind.off"),)


async def _thanks(session: AsyncSession, say: Say, campaign: Campaign, path: str) -> list[Markup]:
    """Thanks by name to those who agreed to it, and to all others."""
    found = await thanks.of_campaign(session, campaign, path)
    if not found.names:
        return [say("campaign.thanks", n=found.others)] if found.others else []
    names = ", ".join(found.names)
    if not found.others:
        return [say("campaign.thanks_named", names=names)]
    return [say("campaign.thanks_named_and", names=names, n=found.others)]


async def _team(
    session: AsyncSession, say: Say, campaign: Campaign, step: Step, unit_id: int, now: datetime
) -> Screen | None:
    unit = await session.get_one(Unit, unit_id)
    waiting = await initiatives.queue_size(session, [unit.path], [InitiativeState.SUBMITTED])
    if not waiting:
        return None
    late = await initiatives.nearly_late(session, unit.path, now)
    lines = [say("campaign.message.team", name=campaign.name, n=waiting, count=review.counted(say, waiting))]
    lines += [Markup.escape(step.words)] if step.words else []
    lines += [say("campaign.nearly_late", n=late)] if late else []
    return Screen(
        Markup("\n").join(lines),
        ((Choice(say("campaign.open_queue"), "queue"),), stop_row(say)),
    )


async def _officers(
    session: AsyncSession,
    services: Services,
    say: Say,
    campaign: Campaign,
    step: Step,
    unit_id: int,
    now: datetime,
) -> Screen:
    figures = await campaign_figures.of_unit(session, services.programmes, campaign, unit_id, local_date(now))
    lines = [
        say(f"campaign.message.{step.kind}", name=campaign.name, unit=figures.name),
        *([Markup.escape(step.words)] if step.words else []),
        *await digest(session, services, say, campaign, figures, now),
    ]
    picture = await picture_of(session, services, say, campaign, figures, lines, now)
    rows: list[Row] = [
        other_ground(say, ShowCampaignPicture(campaign.id, unit_id, dark=True)),
        (Choice(say("campaign.open_units"), f"cp.units.{campaign.id}.{unit_id}"),),
    ]
    if step.kind == "report":
        rows.append((Choice(say("campaign.log"), f"cp.log.{campaign.id}"),))
    return Screen(Markup("\n").join(lines), (*rows, stop_row(say)), pictures=(picture,))


def so_far(say: Say, figures: Figures) -> Markup:
    """Gain, target and how much of it that is."""
    if not figures.target:
        return say("campaign.gained", n=figures.gained)
    return say(
        "campaign.so_far",
        gained=figures.gained,
        target=figures.target,
        percent=say.percent(figures.part or 0.0),
    )


async def digest(
    session: AsyncSession, services: Services, say: Say, campaign: Campaign, figures: Figures, now: datetime
) -> list[Markup]:
    """Count, target, %, what today brought, the pace that is needed, who leads, who has nothing yet."""
    lines = [so_far(say, figures)]
    if figures.today is not None:
        lines.append(say("campaign.today", n=figures.today))
    if figures.pace_needed:
        pace = say.number(needed_a_day(figures.pace_needed))
        lines.append(say("progress.pace", pace=pace, n=figures.days_left))
    elif figures.target and figures.gained >= figures.target:
        lines.append(say("progress.reached"))
    children = await campaign_figures.below(
        session, services.programmes, campaign, figures.unit_id, local_date(now)
    )
    leading = [one for one in progress.ranked(children, "part") if one.part][:_LEADING]
    if leading:
        names = "; ".join(f"{_short(say, one.name)} {say.percent(one.part or 0)}" for one in leading)
        lines.append(say("campaign.leading", names=names))
    silent = [one.name for one in children if not one.gained]
    if silent:
        names = "; ".join(_short(say, name) for name in silent[:_SILENT])
        more = "…" if len(silent) > _SILENT else ""
        lines.append(say("campaign.nothing_yet", n=len(silent), names=names + more))
    return lines


def _short(say: Say, name: str) -> str:
    """A unit's name within a sentence: all of them are unions, so that word says nothing there."""
    return one_line(name.removeprefix(f"{say('campaign.unit_prefix')} "), 60)


async def picture_of(
    session: AsyncSession,
    services: Services,
    say: Say,
    campaign: Campaign,
    figures: Figures,
    lines: list[Markup],
    now: datetime,
    *,
    dark: bool = False,
) -> Picture:
    """The campaign as a picture: gain against target by unit, and the line of its days; ``lines`` say the same."""
    view = await _view(session, services, campaign, figures, local_date(now), now)
    return progress_picture(view, say, str(Markup("\n").join(lines).striptags()), dark=dark)


async def _view(
    session: AsyncSession,
    services: Services,
    campaign: Campaign,
    figures: Figures,
    today: date,
    now: datetime,
) -> ProgressView:
    days = await campaign_figures.days(session, services.programmes, campaign, figures, today)
    children = await campaign_figures.below(session, services.programmes, campaign, figures.unit_id, today)
    return ProgressView(
        unit_name=figures.name,
        phase_name=campaign.name,
        as_of=now,
        count=figures.gained,
        target=figures.target,
        pace_needed=figures.pace_needed,
        per_member=None,
        benefit_vnd=0,
        rows=tuple(
            ProgressRow(child.name, child.gained, child.target)
            for child in progress.ranked(children, "part")[:_ROWS]
        ),
        days=tuple(DayPoint(day, count) for day, count in days),
        starts=campaign.starts,
        ends=campaign.ends,
    )
