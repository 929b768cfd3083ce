"""Changing a campaign: its name, its days; pausing it, and ending it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.conversation import fresh
from bot.conversation.ahead import parse_day
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.campaigns.follow import status
from bot.handlers.campaigns.form import name as campaign_name
from bot.handlers.turn import Turn
from bot.screens.campaigns.actions import (
    AskToEnd,
    ChangeCampaign,
    EndCampaign,
    OpenCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from bot.screens.days import show_whole_day
from bot.services.campaigns import seeing, steering
from bot.services.campaigns.seeing import SeenCampaign
from storage.campaigns.tables import Campaign, CampaignState

routes: Routes[Turn] = Routes()

_CHANGES = ("name", "starts", "ends")


def _which(_answers: Answers, context: FormContext) -> Sequence[Option]:
    shown = _CHANGES if context.facts["is_planned"] else ("name", "ends")
    return [Option(one, str(context.say(f"campaign.{one}.label"))) for one in shown]


def _value(raw: str, answers: Answers, context: FormContext) -> Parsed:
    if answers.get("which") == "name":
        return campaign_name(raw, answers, context)
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


@routes.on(ChangeCampaign)
async def change(turn: Turn, action: ChangeCampaign) -> Screens:
    """Its name, its days."""
    one = await seeing.get(turn.act, action.campaign)
    is_planned = one.state is CampaignState.PLANNED
    return await turn.open_form(CHANGE, about={"campaign": one.id, "is_planned": is_planned})


async def _change_done(turn: Turn, state: FormState) -> Screens:
    number, which, value = state.about["campaign"], state.answers["which"], state.answers["value"]
    if which == "name":
        one = await steering.rename(turn.act, number, value)
    else:
        day = {which: date.fromisoformat(value)}
        one = await steering.change_days(turn.act, turn.services.programmes, number, **day)
    turn.form = None
    others = [
        other.name
        for other in await seeing.overlapping(turn.act, one.unit_id, one.starts, one.ends)
        if other.id != one.id
    ]
    said = [Screen(turn.say("campaign.overlaps", names=", ".join(others)))] if others else []
    return (*said, await _steered(turn, one))


async def _steered(turn: Turn, one: Campaign) -> Screen:
    return await status(turn, SeenCampaign(one, one.unit_id, may_steer=True))


@routes.on(PauseCampaign)
async def pause(turn: Turn, action: PauseCampaign) -> Screens:
    """Send nothing until it is resumed."""
    return await _steered(turn, await steering.pause(turn.act, action.campaign))


@routes.on(ResumeCampaign)
async def resume(turn: Turn, action: ResumeCampaign) -> Screens:
    """Go on."""
    return await _steered(turn, await steering.resume(turn.act, action.campaign))


@routes.on(AskToEnd)
async def ask_to_end(turn: Turn, action: AskToEnd) -> Screens:
    """Ask for confirmation before ending it."""
    one = await seeing.get(turn.act, action.campaign)
    key = "campaign.end_sure" if one.state is CampaignState.RUNNING else "campaign.cancel_sure"
    return Screen(
        turn.say(key, name=one.name),
        (
            (
                Choice.of(turn.say("form.yes"), EndCampaign(one.id, turn.now)),
                Choice.of(turn.say("form.no"), OpenCampaign(one.id)),
            ),
        ),
    )


@routes.on(EndCampaign)
async def end(turn: Turn, action: EndCampaign) -> Screens:
    """End it; an old question is asked again."""
    if not fresh.is_fresh(action.asked_at, turn.now):
        return await ask_to_end(turn, AskToEnd(action.campaign))
    return await _steered(turn, await steering.end(turn.act, action.campaign))


routes.form(FormHandler(CHANGE, _change_done, _facts))
