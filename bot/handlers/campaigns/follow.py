"""A campaign while it runs and afterwards: where it stands, unit by unit, as a picture, and what was sent."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.campaigns import words
from bot.screens.campaigns.actions import (
    AskToEnd,
    ChangeCampaign,
    GainOrder,
    OpenCampaign,
    PauseCampaign,
    ResumeCampaign,
    ShowCampaignPicture,
    ShowCampaigns,
    ShowLog,
    ShowPlan,
    ShowSent,
    ShowTargets,
    ShowUnits,
)
from bot.screens.campaigns.picture import picture_of
from bot.screens.progress.picture import other_ground
from bot.screens.rows import menu_row, pager
from bot.services.campaigns import figures, seeing
from bot.services.campaigns.figures import Figures
from bot.services.campaigns.seeing import SeenCampaign
from bot.services.progress import progress
from storage.campaigns.tables import CampaignState

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.on(OpenCampaign)
async def open_campaign(turn: Turn, action: OpenCampaign) -> Screens:
    """Where it stands."""
    return await status(turn, await seeing.see(turn.act, action.campaign))


async def status(turn: Turn, seen: SeenCampaign) -> Screen:
    """Where a campaign stands, as far as the reader may see it, and what they can do."""
    say, one = turn.say, seen.campaign
    state = "paused" if one.paused_at is not None else one.state.value
    phase = await seeing.phase_name(turn.act, one)
    lines = [
        Markup("<b>{}</b>").format(one.name),
        say(
            "campaign.days",
            kind=say(f"campaign.kind.{one.kind.value}"),
            starts=say.date(one.starts),
            ends=say.date(one.ends),
        ),
        say("campaign.serves", phase=phase),
        say("campaign.state_is", state=say(f"campaign.state.{state}")),
    ]
    has_figures = one.state in (CampaignState.RUNNING, CampaignState.ENDED)
    if has_figures:
        here = await _figures(turn, seen)
        lines += await words.digest(turn, one, here)
    rows: list[Row] = []
    if has_figures:
        rows.append(
            (
                Choice.of(say("progress.picture"), ShowCampaignPicture(one.id)),
                Choice.of(say("campaign.open_units"), ShowUnits(one.id)),
            )
        )
    plan = [Choice.of(say("campaign.targets"), ShowTargets(one.id))]
    if seen.may_steer:
        plan.insert(0, Choice.of(say("campaign.plan"), ShowPlan(one.id)))
        plan.append(Choice.of(say("campaign.log"), ShowLog(one.id)))
    rows.append(tuple(plan))
    if seen.may_steer and one.is_open:
        first = (
            Choice.of(say("campaign.resume"), ResumeCampaign(one.id))
            if one.paused_at is not None
            else Choice.of(say("campaign.pause"), PauseCampaign(one.id))
        )
        change = Choice.of(say("campaign.change"), ChangeCampaign(one.id))
        rows.append((change, first, Choice.of(say("campaign.end"), AskToEnd(one.id))))
    rows.append((Choice.of(say("campaign.back"), ShowCampaigns()), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


async def _figures(turn: Turn, seen: SeenCampaign) -> Figures:
    return await figures.today_of(turn.act, turn.services.programmes, seen.campaign, seen.unit_id)


# ---------------------------------------------------------------- unit by unit


@routes.on(ShowUnits)
async def units(turn: Turn, action: ShowUnits) -> Screens:
    """One of its units, and those right below it, the best first."""
    order, page = action.order, action.page
    seen = await seeing.see(turn.act, action.campaign, action.unit)
    say, one, unit_id = turn.say, seen.campaign, seen.unit_id
    here = await _figures(turn, seen)
    those_below = await figures.today_below(turn.act, turn.services.programmes, one, unit_id)
    below = progress.ranked(those_below, order.value)
    lines = [
        say("campaign.units_of", name=one.name, unit=here.name),
        *await words.digest(turn, one, here),
    ]
    rows: list[Row] = []
    shown = below[page * PAGE : (page + 1) * PAGE]
    if shown:
        lines.append(say(f"campaign.ranked_{order.value}"))
    for at, child in enumerate(shown, page * PAGE + 1):
        lines.append(Markup("{}. {}").format(at, words.gain_of(say, child)))
        label = one_line(f"{at}. {child.name}", 60)
        rows.append((Choice.of(label, ShowUnits(one.id, child.unit_id, order)),))
    rows += pager(
        say,
        page,
        lambda to: ShowUnits(one.id, unit_id, order, to),
        more=len(below) > (page + 1) * PAGE,
    )
    if len(below) > 1:
        rows.append(
            tuple(
                Choice.of(say(f"campaign.by_{other.value}"), ShowUnits(one.id, unit_id, other))
                for other in GainOrder
                if other is not order
            )
        )
    last = [Choice.of(say("progress.picture"), ShowCampaignPicture(one.id, unit_id))]
    if (up := await seeing.unit_above(turn.act, seen)) is not None:
        last.append(Choice.of(say("progress.up"), ShowUnits(one.id, up, order)))
    rows += [tuple(last), (Choice.of(say("campaign.open"), OpenCampaign(one.id)), *menu_row(say))]
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


@routes.on(ShowCampaignPicture)
async def picture(turn: Turn, action: ShowCampaignPicture) -> Screens:
    """Gain against target by unit, and the line of the days."""
    seen = await seeing.see(turn.act, action.campaign, action.unit)
    say, one = turn.say, seen.campaign
    here = await _figures(turn, seen)
    lines = [
        say("campaign.units_of", name=one.name, unit=here.name),
        *await words.digest(turn, one, here),
    ]
    is_dark = action.dark
    drawn = await picture_of(turn, one, here, lines, dark=is_dark)
    rows: tuple[Row, ...] = (
        other_ground(say, ShowCampaignPicture(one.id, seen.unit_id, dark=not is_dark), dark=is_dark),
        (Choice.of(say("campaign.open_units"), ShowUnits(one.id, seen.unit_id)),),
        (Choice.of(say("campaign.open"), OpenCampaign(one.id)), *menu_row(say)),
    )
    return Screen(Markup("\n").join(lines), rows, pictures=(drawn,))


# ---------------------------------------------------------------- what was sent


@routes.on(ShowLog)
async def log(turn: Turn, action: ShowLog) -> Screens:
    """What was sent to how many, what was skipped and why; the newest first."""
    page = action.page
    one = await seeing.get(turn.act, action.campaign)
    found = await seeing.log(turn.act, one, offset=page * PAGE, limit=PAGE + 1)
    say = turn.say
    lines = [say("campaign.log_of", name=one.name)]
    if not found:
        lines.append(say("campaign.log_empty"))
    lines += [words.moment_line(say, mailing) for mailing in found[:PAGE]]
    rows: list[Row] = [
        (Choice.of(words.moment_label(say, mailing), ShowSent(one.id, mailing.id)),)
        for mailing in found[:PAGE]
    ]
    rows += pager(say, page, lambda to: ShowLog(one.id, to), more=len(found) > PAGE)
    rows.append((Choice.of(say("campaign.open"), OpenCampaign(one.id)), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


@routes.on(ShowSent)
async def sent(turn: Turn, action: ShowSent) -> Screens:
    """What became of one message, with the reasons."""
    mailing = await seeing.moment_of(turn.act, action.campaign, action.mailing)
    lines = [words.moment_line(turn.say, mailing), *await words.what_became(turn, mailing)]
    return Screen(
        Markup("\n").join(lines),
        ((Choice.of(turn.say("campaign.log"), ShowLog(action.campaign)), *menu_row(turn.say)),),
        in_place=True,
    )
