"""Peak weeks and months: those there are, and making a new one."""

from collections.abc import Sequence

from markupsafe import Markup

from bot.conversation.forms import FormState, Parsed
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.campaigns.form import CAMPAIGN, facts, wanted_of
from bot.handlers.campaigns.plan import plan_screen
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.screens.campaigns.actions import OpenCampaign, PlanCampaign, ShowCampaigns
from bot.screens.rows import menu_row, pager
from bot.services.campaigns import making, seeing
from bot.services.people.rights import Grant, reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("caodiem", "campaign")
async def campaigns_command(turn: Turn) -> Screens:
    """Those that are, and a new one."""
    return await show_campaigns(turn, ShowCampaigns())


@routes.on(ShowCampaigns)
async def show_campaigns(turn: Turn, action: ShowCampaigns) -> Screens:
    """A page of them."""
    page = action.page
    found = await seeing.listed(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows: list[Row] = [(Choice.of(turn.say("campaign.new"), PlanCampaign()),)]
    rows += [
        (Choice.of(one_line(f"{turn.say.date(one.starts)} · {one.name}", 60), OpenCampaign(one.id)),)
        for one in found[:PAGE]
    ]
    rows += pager(turn.say, page, ShowCampaigns, more=len(found) > PAGE)
    key = "campaign.list" if found else "campaign.list_empty"
    return Screen(turn.say(key), (*rows, menu_row(turn.say)), in_place=True)


@routes.on(PlanCampaign)
async def new(turn: Turn, _action: PlanCampaign) -> Screens:
    """Begin the form."""
    return await turn.open_form(CAMPAIGN, about=choose_unit.about(await _steered(turn)))


async def _steered(turn: Turn) -> Sequence[Grant]:
    """The roles by which somebody may plan one. Raises :class:`Forbidden` when there is none."""
    found = (await reach(turn.act)).with_power(Power.CAMPAIGN)
    if not found:
        raise Forbidden
    return found


async def _find_unit(turn: Turn, _state: FormState, raw: str) -> Parsed:
    return await choose_unit.find(turn, CAMPAIGN.name, raw, await _steered(turn))


async def _done(turn: Turn, state: FormState) -> Screens:
    wanted = wanted_of(state.answers)
    others = await seeing.overlapping(turn.act, wanted.unit_id, wanted.starts, wanted.ends)
    campaign = await making.make(turn.act, turn.services.programmes, wanted)
    turn.form = None
    lines = [turn.say("campaign.made", name=campaign.name)]
    if others:
        lines.append(turn.say("campaign.overlaps", names=", ".join(one.name for one in others)))
    return (Screen(Markup("\n").join(lines)), await plan_screen(turn, campaign))


routes.form(FormHandler(CAMPAIGN, _done, facts, lookups={"unit": _find_unit}))
