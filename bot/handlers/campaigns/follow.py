"""A campaign while it runs and afterwards: where it stands, unit by unit; what was sent; changing, pausing, ending it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.conversation import fresh
from bot.conversation.ahead import parse_day
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.campaigns import planning as campaign
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.screens.campaigns import words as campaign_words
from bot.screens.campaigns.actions import ShowCampaignPicture
from bot.screens.days import show_whole_day
from bot.screens.mailings import words as mailing_words
from bot.screens.progress.picture import other_ground
from bot.screens.rows import menu_row
from bot.services.campaigns import campaigns
from bot.services.campaigns import figures as campaign_figures
from bot.services.campaigns.campaigns import Seen
from bot.services.campaigns.figures import Figures
from bot.services.mailings import mailings
from bot.services.progress import progress
from bot.services.refusal import Forbidden
from storage.campaigns.tables import Campaign, CampaignState
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

PAGE = 8
_ORDERS = ("part", "gained", "per_member")


@routes.action("cp.open")
async def status(turn: Turn) -> Screens:
    """``cp.open.<campaign>``: where it stands."""
    return await _status(turn, await campaigns.see(turn.act, turn.int_arg(1)))


async def _status(turn: Turn, seen: Seen) -> Screen:
    say, one = turn.say, seen.campaign
    state = "paused" if one.paused_at is not None else one.state.value
    phase = await campaigns.phase_name(turn.session, one)
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
        figures = await _figures(turn, seen)
        lines += await campaign_words.digest(turn.session, turn.services, say, one, figures, turn.now)
    rows: list[Row] = []
    if has_figures:
        rows.append(
            (
                Choice.of(say("progress.picture"), ShowCampaignPicture(one.id)),
                Choice(say("campaign.open_units"), f"cp.units.{one.id}"),
            )
        )
    plan = [Choice(say("campaign.targets"), f"cp.targets.{one.id}")]
    if seen.may_steer:
        plan.insert(0, Choice(say("campaign.plan"), f"cp.plan.{one.id}"))
        plan.append(Choice(say("campaign.log"), f"cp.log.{one.id}"))
    rows.append(tuple(plan))
    if seen.may_steer and one.is_open:
        first = (
            Choice(say("campaign.resume"), f"cp.resume.{one.id}")
            if one.paused_at is not None
            else Choice(say("campaign.pause"), f"cp.pause.{one.id}")
        )
        change = Choice(say("campaign.change"), f"cp.change.{one.id}")
        rows.append((change, first, Choice(say("campaign.end"), f"cp.end.{one.id}")))
    rows.append((Choice(say("campaign.back"), "cp.list"), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


async def _figures(turn: Turn, seen: Seen) -> Figures:
    return await campaign_figures.of_unit(
        turn.session, turn.services.programmes, seen.campaign, seen.unit_id, turn.today
    )


async def _steered(turn: Turn, one: Campaign) -> Screen:
    return await _status(turn, Seen(one, one.unit_id, may_steer=True))


# ---------------------------------------------------------------- unit by unit


@routes.action("cp.units")
async def units(turn: Turn) -> Screens:
    """``cp.units.<campaign>.<unit>.<order>.<page>``: one of its units, and those right below it, the best first."""
    seen = await campaigns.see(turn.act, turn.int_arg(1), turn.int_arg(2))
    order = turn.args[3] if len(turn.args) > 3 and turn.args[3] in _ORDERS else _ORDERS[0]
    page = max(turn.int_arg(4), 0)
    say, one = turn.say, seen.campaign
    here = await _figures(turn, seen)
    below = progress.ranked(
        await campaign_figures.below(turn.session, turn.services.programmes, one, seen.unit_id, turn.today),
        order,
    )
    lines = [
        say("campaign.units_of", name=one.name, unit=here.name),
        *await campaign_words.digest(turn.session, turn.services, say, one, here, turn.now),
    ]
    rows: list[Row] = []
    shown = below[page * PAGE : (page + 1) * PAGE]
    if shown:
        lines.append(say(f"campaign.ranked_{order}"))
    for at, child in enumerate(shown, page * PAGE + 1):
        lines.append(Markup("{}. {}").format(at, _child(turn, child)))
        rows.append(
            (Choice(one_line(f"{at}. {child.name}", 60), f"cp.units.{one.id}.{child.unit_id}.{order}"),)
        )
    base = f"cp.units.{one.id}.{seen.unit_id}"
    rows += pager(turn, f"{base}.{order}", page, more=len(below) > (page + 1) * PAGE)
    if len(below) > 1:
        rows.append(
            tuple(
                Choice(say(f"campaign.by_{other}"), f"{base}.{other}") for other in _ORDERS if other != order
            )
        )
    last = [Choice.of(say("progress.picture"), ShowCampaignPicture(one.id, seen.unit_id))]
    if (up := await _above(turn, seen)) is not None:
        last.append(Choice(say("progress.up"), f"cp.units.{one.id}.{up}.{order}"))
    rows += [tuple(last), (Choice(say("campaign.open"), f"cp.open.{one.id}"), *menu_row(say))]
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


async def _above(turn: Turn, seen: Seen) -> int | None:
    """The unit above, where there is one in the campaign that the reader may see."""
    if seen.unit_id == seen.campaign.unit_id:
        return None
    unit = await turn.session.get_one(Unit, seen.unit_id)
    try:
        await campaigns.see(turn.act, seen.campaign.id, unit.parent_id or 0)
    except Forbidden:
        return None
    return unit.parent_id


def _child(turn: Turn, child: Figures) -> Markup:
    say = turn.say
    if child.target:
        return say(
            "campaign.unit_is",
            unit=child.name,
            gained=child.gained,
            target=child.target,
            percent=say.percent(child.part or 0.0),
        )
    return say("campaign.unit_without", unit=child.name, gained=child.gained)


@routes.on(ShowCampaignPicture)
async def picture(turn: Turn, action: ShowCampaignPicture) -> Screens:
    """Gain against target by unit, and the line of the days."""
    seen = await campaigns.see(turn.act, action.campaign, action.unit)
    say, one = turn.say, seen.campaign
    figures = await _figures(turn, seen)
    lines = [
        say("campaign.units_of", name=one.name, unit=figures.name),
        *await campaign_words.digest(turn.session, turn.services, say, one, figures, turn.now),
    ]
    is_dark = action.dark
    drawn = await campaign_words.picture_of(
        turn.session, turn.services, say, one, figures, lines, turn.now, dark=is_dark
    )
    rows: tuple[Row, ...] = (
        other_ground(say, ShowCampaignPicture(one.id, seen.unit_id, dark=not is_dark), dark=is_dark),
        (Choice(say("campaign.open_units"), f"cp.units.{one.id}.{seen.unit_id}"),),
        (Choice(say("campaign.open"), f"cp.open.{one.id}"), *menu_row(say)),
    )
    return Screen(Markup("\n").join(lines), rows, pictures=(drawn,))


# ---------------------------------------------------------------- what was sent


@routes.action("cp.log")
async def log(turn: Turn) -> Screens:
    """``cp.log.<campaign>.<page>``: what was sent to how many, what was skipped and why; the newest first."""
    one = await campaigns.get(turn.act, turn.int_arg(1))
    page = max(turn.int_arg(2), 0)
    found = await mailings.of_campaign(turn.act, one.id, offset=page * PAGE, limit=PAGE + 1)
    say = turn.say
    lines = [say("campaign.log_of", name=one.name)]
    if not found:
        lines.append(say("campaign.log_empty"))
    lines += [mailing_words.of_campaign(say, mailing) for mailing in found[:PAGE]]
    rows: list[Row] = [
        (Choice(mailing_words.moment_label(say, mailing), f"cp.sent.{one.id}.{mailing.id}"),)
        for mailing in found[:PAGE]
    ]
    rows += pager(turn, f"cp.log.{one.id}", page, more=len(found) > PAGE)
    rows.append((Choice(say("campaign.open"), f"cp.open.{one.id}"), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


@routes.action("cp.sent")
async def sent(turn: Turn) -> Screens:
    """``cp.sent.<campaign>.<mailing>``: what became of one message, with the reasons."""
    one = await campaigns.get(turn.act, turn.int_arg(1))
    mailing = await mailings.get(turn.act, turn.int_arg(2))
    if mailing.campaign_id != one.id:
        raise Forbidden
    lines = [
        mailing_words.of_campaign(turn.say, mailing),
        *await mailing_words.what_became(turn.session, turn.say, mailing),
    ]
    return Screen(
        Markup("\n").join(lines),
        ((Choice(turn.say("campaign.log"), f"cp.log.{one.id}"), *menu_row(turn.say)),),
        in_place=True,
    )


# ---------------------------------------------------------------- changing it


_CHANGES = ("name", "starts", "ends")


def _which(_answers: Answers, context: FormContext) -> Sequence[Option]:
    shown = _CHANGES if context.facts["is_planned"] else ("name", "ends")
    return [Option(one, str(context.say(f"campaign.{one}.label"))) for one in shown]


def _value(raw: str, answers: Answers, context: FormContext) -> Parsed:
    if answers.get("which") == "name":
        return campaign.name(raw, answers, context)
    return Parsed.plain(parse_day(raw, context.today).isoformat())


def _change_fields(answers: Answers, _context: FormContext) -> Sequence[Field]:
    which = str(answers.get("which", "name"))
    return (
        Field("which", Kind.ONE, options=_which, required=True, width=3),
        Field(
            "value",
            parse=_value,
            required=True,
            text=which,
            show=None if which == "name" else show_whole_day,
        ),
    )


def _facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {"is_planned": about.get("is_planned", False)}


CHANGE = Form("cpchange", _change_fields, summary=False)


@routes.action("cp.change")
async def change(turn: Turn) -> Screens:
    """``cp.change.<campaign>``: its name, its days."""
    one = await campaigns.get(turn.act, turn.int_arg(1))
    is_planned = one.state is CampaignState.PLANNED
    return await turn.open_form(CHANGE, about={"campaign": one.id, "is_planned": is_planned})


async def _change_done(turn: Turn, state: FormState) -> Screens:
    number, which, value = state.about["campaign"], state.answers["which"], state.answers["value"]
    if which == "name":
        one = await campaigns.rename(turn.act, number, value)
    else:
        day = {which: date.fromisoformat(value)}
        one = await campaigns.change_days(turn.act, turn.services.programmes, number, **day)
    turn.form = None
    others = [
        other.name
        for other in await campaigns.overlapping(turn.act, one.unit_id, one.starts, one.ends)
        if other.id != one.id
    ]
    said = [Screen(turn.say("campaign.overlaps", names=", ".join(others)))] if others else []
    return (*said, await _steered(turn, one))


@routes.action("cp.pause")
async def pause(turn: Turn) -> Screens:
    """Nothing is sent until it goes on."""
    return await _steered(turn, await campaigns.pause(turn.act, turn.int_arg(1)))


@routes.action("cp.resume")
async def resume(turn: Turn) -> Screens:
    """Go on."""
    return await _steered(turn, await campaigns.resume(turn.act, turn.int_arg(1)))


@routes.action("cp.end")
async def ask_end(turn: Turn) -> Screens:
    """Sure?"""
    one = await campaigns.get(turn.act, turn.int_arg(1))
    key = "campaign.end_sure" if one.state is CampaignState.RUNNING else "campaign.cancel_sure"
    return Screen(
        turn.say(key, name=one.name),
        (
            (
                Choice(turn.say("form.yes"), f"cp.ended.{one.id}.{fresh.stamp(turn.now)}"),
                Choice(turn.say("form.no"), f"cp.open.{one.id}"),
            ),
        ),
    )


@routes.action("cp.ended")
async def end(turn: Turn) -> Screens:
    """Over."""
    if not fresh.is_fresh_stamp(turn.args[-1], turn.now):
        return await ask_end(turn)
    return await _steered(turn, await campaigns.end(turn.act, turn.int_arg(1)))


routes.form(FormHandler(CHANGE, _change_done, _facts))
