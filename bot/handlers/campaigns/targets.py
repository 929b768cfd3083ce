"""The targets of a campaign: unit by unit, tap by tap; each can be changed, and shared out to those below."""

from collections.abc import Sequence

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.documents.table import pasted
from bot.handlers.turn import Turn
from bot.screens.campaigns.actions import ChangeTarget, OpenCampaign, PasteTargets, ShareTarget, ShowTargets
from bot.screens.rows import menu_row, pager
from bot.services.campaigns import figures, seeing, targets
from bot.services.campaigns.imports import import_campaign_targets
from bot.services.imports import Outcome
from storage.campaigns.tables import Campaign

routes: Routes[Turn] = Routes()

PAGE = 8
_MOST_PROBLEMS = 10


def number(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    """A target as people type it: 200, 1.500."""
    digits = raw.replace(".", "").replace(" ", "")
    if not digits.isdecimal() or len(digits) > 7 or not 0 < int(digits) <= targets.MOST:
        raise Invalid("campaign.target_range", most=targets.MOST)
    return Parsed.plain(int(digits))


@routes.on(ShowTargets)
async def show_targets(turn: Turn, action: ShowTargets) -> Screens:
    """The number of a unit and of those right below it."""
    seen = await seeing.see(turn.act, action.campaign, action.unit)
    return await _targets(turn, seen.campaign, seen.unit_id, action.page, steers=seen.may_steer)


async def _targets(turn: Turn, campaign: Campaign, unit_id: int, page: int, *, steers: bool) -> Screen:
    say, book = turn.say, turn.services.programmes
    here = await figures.today_of(turn.act, book, campaign, unit_id)
    below = await figures.today_below(turn.act, book, campaign, unit_id)
    shown = below[page * PAGE : (page + 1) * PAGE]
    lines = [
        say("campaign.targets_of", name=campaign.name),
        *(_line(turn, one.name, one.target) for one in (here, *shown)),
    ]
    number_of = campaign.id
    may_change = steers and campaign.is_open
    rows: list[Row] = []
    if may_change:
        change = [Choice.of(say("campaign.target_change"), ChangeTarget(number_of, unit_id))]
        if below:
            change.append(Choice.of(say("campaign.target_share"), ShareTarget(number_of, unit_id)))
        rows += [tuple(change), (Choice.of(say("campaign.target_paste"), PasteTargets(number_of)),)]
    rows += [
        (
            Choice.of(
                one_line(f"▸ {one.name}" if one.has_children else one.name, 50),
                ShowTargets(number_of, one.unit_id)
                if one.has_children or not may_change
                else ChangeTarget(number_of, one.unit_id),
            ),
        )
        for one in shown
    ]
    rows += pager(
        say, page, lambda to: ShowTargets(number_of, unit_id, to), more=len(below) > (page + 1) * PAGE
    )
    if unit_id != campaign.unit_id and steers:
        rows.append((Choice.of(say("campaign.targets"), ShowTargets(number_of)),))
    rows.append((Choice.of(say("campaign.open"), OpenCampaign(number_of)), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


def _line(turn: Turn, name: str, target: int | None) -> Markup:
    shown = turn.say.number(target) if target else turn.say("form.missing")
    return turn.say("campaign.target_is", unit=name, number=shown)


@routes.on(ShareTarget)
async def share(turn: Turn, action: ShareTarget) -> Screens:
    """Share its number out to all below it, as what they miss is spread."""
    many = await targets.share_out(turn.act, turn.services.programmes, action.campaign, action.unit)
    campaign = await seeing.get(turn.act, action.campaign)
    return (
        Screen(turn.say("campaign.target_shared", n=many)),
        await _targets(turn, campaign, action.unit, 0, steers=True),
    )


def _number_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("number", parse=number, required=True),)


ONE_TARGET = Form("onetarget", _number_fields, summary=False)


@routes.on(ChangeTarget)
async def one_target(turn: Turn, action: ChangeTarget) -> Screens:
    """Ask for the number."""
    campaign = await seeing.get(turn.act, action.campaign)
    return await turn.open_form(ONE_TARGET, about={"campaign": campaign.id, "unit": action.unit})


async def _target_done(turn: Turn, state: FormState) -> Screens:
    campaign_id, unit_id = state.about["campaign"], state.about["unit"]
    await targets.set_one(turn.act, campaign_id, unit_id, state.answers["number"])
    turn.form = None
    campaign = await seeing.get(turn.act, campaign_id)
    shown = await targets.shown_after(turn.act, campaign, unit_id)
    return await _targets(turn, campaign, shown, 0, steers=True)


# ---------------------------------------------------------------- many at once


def _rows(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(raw)


def _rows_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("rows", parse=_rows, required=True),)


MANY_TARGETS = Form("targetrows", _rows_fields, summary=False)


@routes.on(PasteTargets)
async def many_targets(turn: Turn, action: PasteTargets) -> Screens:
    """Ask for a line for each unit, typed or pasted from a sheet."""
    campaign = await seeing.get(turn.act, action.campaign)
    return await turn.open_form(MANY_TARGETS, about={"campaign": campaign.id})


async def _read_rows(turn: Turn, state: FormState, raw: str) -> Parsed:
    """Whether every line can be used; nothing is changed yet."""
    outcome = await _import(turn, state, raw, dry_run=True)
    if outcome.problems:
        say = turn.say
        lines = [
            say("targetrows.line", number=one.row, what=say(one.key, **one.args))
            for one in outcome.problems[:_MOST_PROBLEMS]
        ]
        raise Invalid("targetrows.wrong", lines=Markup("\n").join(lines))
    if not outcome.new + outcome.changed + outcome.same:
        raise Invalid("targetrows.nothing")
    return Parsed.plain(raw)


async def _import(turn: Turn, state: FormState, raw: str, *, dry_run: bool) -> Outcome:
    return await import_campaign_targets(
        turn.act, pasted(raw, "unit", "number"), campaign_id=state.about["campaign"], dry_run=dry_run
    )


async def _rows_done(turn: Turn, state: FormState) -> Screens:
    outcome = await _import(turn, state, state.answers["rows"], dry_run=False)
    turn.form = None
    campaign = await seeing.get(turn.act, state.about["campaign"])
    said = turn.say("targetrows.done", n=outcome.new + outcome.changed, same=outcome.same)
    return (Screen(said), await _targets(turn, campaign, campaign.unit_id, 0, steers=True))


routes.form(FormHandler(MANY_TARGETS, _rows_done, lookups={"rows": _read_rows}))
routes.form(FormHandler(ONE_TARGET, _target_done))
