"""Peak weeks and months: those there are, and the form by which an officer makes one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.conversation.ahead import parse_day
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.campaigns import plan as campaign_plan
from bot.handlers.campaigns import targets as campaign_targets
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.screens.rows import menu_row
from bot.services.campaigns import campaigns, plan
from bot.services.campaigns.campaigns import Wanted
from bot.services.people.rights import Grant, reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden
from storage.campaigns.tables import CampaignKind

routes: Routes[Turn] = Routes()

PAGE = 8
_MISSING = "missing"


def name(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    """The campaign's name."""
    text = " ".join(raw.split())
    if not has_words(text):
        raise Invalid("parse.text.no_words" if text else "parse.text.empty")
    if len(text) > 100:
        raise Invalid("parse.text.too_long", typed=len(text), limit=100)
    return Parsed.plain(text)


def _kinds(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(kind.value, str(context.say(f"campaign.kind.{kind.value}"))) for kind in CampaignKind]


def _starts(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(parse_day(raw, context.today).isoformat())


def _start_days(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option("mai", str(context.say("campaign.starts.tomorrow"))),
        Option("thu hai", str(context.say("campaign.starts.monday"))),
    ]


def _ends(raw: str, answers: Answers, context: FormContext) -> Parsed:
    ends = parse_day(raw, context.today)
    if "starts" in answers and ends < date.fromisoformat(answers["starts"]):
        raise Invalid("campaign.days_reversed")
    return Parsed.plain(ends.isoformat())


def _end_days(answers: Answers, context: FormContext) -> Sequence[Option]:
    if "kind" not in answers or "starts" not in answers:
        return ()
    ends = plan.usual_end(CampaignKind(answers["kind"]), date.fromisoformat(answers["starts"]))
    return [Option(f"{ends.day}/{ends.month}/{ends.year}", context.facts["say_date"](ends))]


def _target(raw: str, answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(_MISSING) if raw == _MISSING else campaign_targets.number(raw, answers, context)


def _targets(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_MISSING, str(context.say("campaign.target.missing")))]


def _phases(answers: Answers, context: FormContext) -> Sequence[Option]:
    programme = context.facts["programme"]
    if programme is None or "starts" not in answers or "ends" not in answers:
        return ()
    starts, ends = date.fromisoformat(answers["starts"]), date.fromisoformat(answers["ends"])
    return [Option(str(one.id), one.name) for one in campaigns.phases_of(programme, starts, ends)]


def _may_choose_phase(answers: Answers, context: FormContext) -> bool:
    return len(_phases(answers, context)) > 1


def _phase_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    programme = context.facts["programme"]
    phases = programme.phases if programme else ()
    return next((one.name for one in phases if str(one.id) == value), str(value))


def _steps(answers: Answers, context: FormContext) -> Sequence[Option]:
    if "kind" not in answers:
        return ()
    return [
        Option(step.key, str(context.say(f"campaign.step.{step.key}")))
        for step in plan.template(CampaignKind(answers["kind"]))
    ]


def _shown_steps(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return ", ".join(str(context.say(f"campaign.step.{one}")) for one in value)


def _day_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(context.facts["say_date"](date.fromisoformat(value)))


def _target_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(
        context.say("campaign.target.missing" if value == _MISSING else "campaign.number", number=value)
    )


def _fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field(
            "kind",
            Kind.ONE,
            options=_kinds,
            required=True,
            width=2,
        ),
        Field("name", parse=name, required=True),
        Field(
            "unit",
            parse=choose_unit.parse,
            options=choose_unit.options,
            required=True,
            show=lambda value, _context: value["name"],
        ),
        Field("starts", parse=_starts, options=_start_days, required=True, width=2, show=_day_shown),
        Field("ends", parse=_ends, options=_end_days, required=True, show=_day_shown),
        Field(
            "phase",
            Kind.ONE,
            options=_phases,
            applies=_may_choose_phase,
            required=True,
            show=_phase_shown,
        ),
        Field("target", parse=_target, options=_targets, required=True, show=_target_shown),
        Field("without", Kind.MANY, options=_steps, show=_shown_steps),
    )


CAMPAIGN = Form("campaign", _fields, keeps_draft=True)


def _facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {"units": about.get("units", ()), "say_date": turn.say.date, "programme": turn.programme}


async def _reach(turn: Turn) -> Sequence[Grant]:
    found = (await reach(turn.act)).with_power(Power.CAMPAIGN)
    if not found:
        raise Forbidden
    return found


@routes.command("caodiem", "campaign")
async def campaigns_command(turn: Turn) -> Screens:
    """Those that are, and a new one."""
    return await _list(turn, 0)


@routes.action("cp.list")
async def campaigns_button(turn: Turn) -> Screens:
    """``cp.list.<page>``."""
    return await _list(turn, max(turn.int_arg(1), 0))


async def _list(turn: Turn, page: int) -> Screen:
    found = await campaigns.listed(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows: list[Row] = [(Choice(turn.say("campaign.new"), "cp.new"),)]
    rows += [
        (Choice(one_line(f"{turn.say.date(one.starts)} · {one.name}", 60), f"cp.open.{one.id}"),)
        for one in found[:PAGE]
    ]
    rows += pager(turn, "cp.list", page, more=len(found) > PAGE)
    key = "campaign.list" if found else "campaign.list_empty"
    return Screen(turn.say(key), (*rows, menu_row(turn.say)), in_place=True)


@routes.action("cp.new")
async def new(turn: Turn) -> Screens:
    """Plan one."""
    own = await _reach(turn)
    return await turn.open_form(CAMPAIGN, about=choose_unit.about(own))


async def _find_unit(turn: Turn, _state: FormState, raw: str) -> Parsed:
    return await choose_unit.find(turn, CAMPAIGN.name, raw, await _reach(turn))


async def _done(turn: Turn, state: FormState) -> Screens:
    answers = state.answers
    kind = CampaignKind(answers["kind"])
    starts, ends = date.fromisoformat(answers["starts"]), date.fromisoformat(answers["ends"])
    left_out = set(answers.get("without", ()))
    steps = [
        step if step.key not in left_out else plan.changed([step], step.key, is_on=False)[0]
        for step in plan.template(kind)
    ]
    unit_id = answers["unit"]["id"]
    others = await campaigns.overlapping(turn.act, unit_id, starts, ends)
    campaign = await campaigns.make(
        turn.act,
        turn.services.programmes,
        Wanted(
            answers["name"],
            kind,
            unit_id,
            starts,
            ends,
            steps,
            None if answers["target"] == _MISSING else int(answers["target"]),
            int(answers["phase"]) if "phase" in answers else None,
        ),
    )
    turn.form = None
    lines = [turn.say("campaign.made", name=campaign.name)]
    if others:
        lines.append(turn.say("campaign.overlaps", names=", ".join(one.name for one in others)))
    return (Screen(Markup("\n").join(lines)), await campaign_plan.plan_screen(turn, campaign))


routes.form(FormHandler(CAMPAIGN, _done, _facts, lookups={"unit": _find_unit}))
