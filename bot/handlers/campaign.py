"""Peak weeks and months: an officer makes one, sees what people will get, follows it, and changes or ends it."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from bot.campaigns import plan
from bot.campaigns.rest import at_local
from bot.conversation.ahead import parse_day, parse_time
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Choice, Picture, Row, Screen
from bot.handlers import campaign_words, choose_unit, fresh
from bot.handlers.mine import pager
from bot.handlers.officer import ProgressDrawing
from bot.handlers.turn import Turn, menu_row
from bot.services import campaigns, people
from bot.services.campaigns import Wanted
from bot.services.refusal import Forbidden, Refusal
from bot.services.rights import grants_of
from storage import campaigns as stored
from storage import conversations, units
from storage.campaigns import Campaign, CampaignKind, CampaignState
from storage.models import Initiative, InitiativeState, Role, Unit

routes: Routes[Turn] = Routes()

PAGE = 8
_MISSING = "missing"


# ---------------------------------------------------------------- making one


def _name(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
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
    starts = date.fromisoformat(answers["starts"])
    ends = parse_day(raw, context.today)
    if ends < starts:
        raise Invalid("campaign.days_reversed")
    return Parsed.plain(ends.isoformat())


def _end_days(answers: Answers, context: FormContext) -> Sequence[Option]:
    ends = plan.usual_end(CampaignKind(answers["kind"]), date.fromisoformat(answers["starts"]))
    return [Option(f"{ends.day}/{ends.month}/{ends.year}", context.facts["say_date"](ends))]


def _target(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if raw == _MISSING:
        return Parsed.plain(_MISSING)
    digits = raw.replace(".", "").replace(" ", "")
    if not digits.isdecimal() or len(digits) > 7 or not 0 < int(digits) <= 1_000_000:
        raise Invalid("campaign.target_range", most=1_000_000)
    return Parsed.plain(int(digits))


def _targets(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_MISSING, str(context.say("campaign.target.missing")))]


def _steps(answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option(step.key, str(context.say(f"campaign.step.{step.key}")))
        for step in plan.template(CampaignKind(answers["kind"]))
    ]


def _shown_steps(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return ", ".join(str(context.say(f"campaign.step.{one}")) for one in value)


def _day_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(context.facts["say_date"](date.fromisoformat(value)))


def _target_shown(value: Any, context: FormContext) -> str:  # noqa: ANN401 - JSON
    return str(context.say("campaign.target.missing")) if value == _MISSING else str(value)


def _fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field(
            "kind",
            Kind.ONE,
            options=_kinds,
            required=True,
            width=2,
            show=lambda value, context: str(context.say(f"campaign.kind.{value}")),
        ),
        Field("name", parse=_name, required=True),
        Field(
            "unit",
            parse=choose_unit.parse,
            options=choose_unit.options,
            required=True,
            show=lambda value, _context: value["name"],
        ),
        Field("starts", parse=_starts, options=_start_days, required=True, width=2, show=_day_shown),
        Field("ends", parse=_ends, options=_end_days, required=True, show=_day_shown),
        Field("target", parse=_target, options=_targets, required=True, show=_target_shown),
        Field("without", Kind.MANY, options=_steps, show=_shown_steps),
    )


CAMPAIGN = Form("campaign", _fields, keeps_draft=True)


def _facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {"units": about.get("units", ()), "say_date": turn.say.date}


async def _reach(turn: Turn) -> list[tuple[int, str, str]]:
    grants = await grants_of(turn.session, turn.who.person_id)
    found = [(one.unit_id, one.unit_name, one.path) for one in grants if one.role is Role.OFFICER]
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
        turn.world.programmes,
        Wanted(
            answers["name"],
            kind,
            unit_id,
            starts,
            ends,
            steps,
            None if answers["target"] == _MISSING else int(answers["target"]),
        ),
    )
    turn.form = None
    lines = [turn.say("campaign.made", name=campaign.name)]
    if others:
        lines.append(turn.say("campaign.overlaps", names=", ".join(one.name for one in others)))
    return (Screen(Markup("\n").join(lines)), await _plan(turn, campaign))


# ---------------------------------------------------------------- its plan


async def _plan(turn: Turn, campaign: Campaign) -> Screen:
    """Every message, to how many people, on which channel, when."""
    say = turn.say
    lines = [say("campaign.plan_of", name=campaign.name)]
    shown: dict[str, None] = {}
    for one in await campaigns.foresee(turn.act, campaign):
        step = one.planned.step
        over = ", ".join(
            f"{say(f'channel.{name}')} {say.number(number)}"
            for name, number in sorted(one.reached.by_channel.items())
        )
        lines.append(
            say(
                "campaign.moment",
                at=say.moment(one.planned.due_at),
                what=say(f"campaign.step.{step.key}"),
                n=one.reached.total,
                over=f" ({over})" if over else "",
            )
        )
        shown[step.key] = None
    rows: list[Row] = [
        (Choice(one_line(str(say(f"campaign.step.{key}")), 50), f"cp.step.{campaign.id}.{key}"),)
        for key in (step.key for step in campaigns.steps_of(campaign))
    ]
    rows.append((Choice(say("campaign.open"), f"cp.open.{campaign.id}"), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows))


@routes.action("cp.plan")
async def show_plan(turn: Turn) -> Screens:
    """``cp.plan.<campaign>``."""
    return await _plan(turn, await campaigns.get(turn.act, turn.int_arg(1)))


@routes.action("cp.step")
async def show_step(turn: Turn) -> Screens:
    """One message exactly as people get it, and what can be changed about it."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    step = _step(turn, campaign)
    say = turn.say
    message = await campaign_words.message(
        turn.session, turn.world, say, campaign, step.kind, campaign.unit_id, turn.now
    )
    base = f"{campaign.id}.{step.key}"
    about = say(
        "campaign.step_is",
        what=say(f"campaign.step.{step.key}"),
        at=step.at.strftime("%H:%M"),
        on=say("form.yes" if step.is_on else "form.no"),
    )
    rows: tuple[Row, ...] = (
        (
            Choice(say("campaign.step_off" if step.is_on else "campaign.step_on"), f"cp.turn.{base}"),
            Choice(say("campaign.step_time"), f"cp.time.{base}"),
        ),
        (Choice(say("campaign.plan"), f"cp.plan.{campaign.id}"), *menu_row(say)),
    )
    nothing = Screen(say("campaign.nothing_to_tell"))
    shown = message or nothing
    return (Screen(shown.text, pictures=shown.pictures), Screen(about, rows))


def _step(turn: Turn, campaign: Campaign) -> plan.Step:
    key = turn.args[2] if len(turn.args) > 2 else ""
    found = next((step for step in campaigns.steps_of(campaign) if step.key == key), None)
    if found is None:
        raise Forbidden
    return found


@routes.action("cp.turn")
async def turn_step(turn: Turn) -> Screens:
    """On or off."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    step = _step(turn, campaign)
    return await _plan(
        turn, await campaigns.change_step(turn.act, campaign.id, step.key, is_on=not step.is_on)
    )


def _clock(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(parse_time(raw).isoformat("minutes"))


def _time_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("at", parse=_clock, required=True),)


STEP_TIME = Form("steptime", _time_fields, summary=False)


@routes.action("cp.time")
async def step_time(turn: Turn) -> Screens:
    """At which hour?"""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    step = _step(turn, campaign)
    return await turn.open_form(STEP_TIME, about={"campaign": campaign.id, "step": step.key})


async def _time_done(turn: Turn, state: FormState) -> Screens:
    at = time.fromisoformat(state.answers["at"])
    if turn.world.quiet.awake(None, at_local(turn.today, at)) != at_local(turn.today, at):
        raise Refusal("campaign.time_quiet")
    campaign = await campaigns.change_step(turn.act, state.about["campaign"], state.about["step"], at=at)
    turn.form = None
    return await _plan(turn, campaign)


# ---------------------------------------------------------------- its targets


@routes.action("cp.targets")
async def show_targets(turn: Turn) -> Screens:
    """``cp.targets.<campaign>``: the number of each unit; a tap changes it."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    numbers = await stored.targets(turn.session, campaign.id)
    top = await turn.session.get_one(Unit, campaign.unit_id)
    below = list(await units.children(turn.session, campaign.unit_id))
    say = turn.say
    lines = [say("campaign.targets_of", name=campaign.name)]
    rows: list[Row] = []
    for unit in [top, *below][:30]:
        number = numbers.get(unit.id)
        lines.append(
            Markup("{}: {}").format(unit.name, say.number(number) if number else say("form.missing"))
        )
        rows.append((Choice(one_line(unit.name, 50), f"cp.target.{campaign.id}.{unit.id}"),))
    rows.append((Choice(say("campaign.open"), f"cp.open.{campaign.id}"), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows))


def _number(raw: str, answers: Answers, context: FormContext) -> Parsed:
    return _target("" if raw == _MISSING else raw, answers, context)


def _number_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("number", parse=_number, required=True),)


ONE_TARGET = Form("onetarget", _number_fields, summary=False)


@routes.action("cp.target")
async def one_target(turn: Turn) -> Screens:
    """Which number?"""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    return await turn.open_form(ONE_TARGET, about={"campaign": campaign.id, "unit": turn.int_arg(2)})


async def _target_done(turn: Turn, state: FormState) -> Screens:
    await campaigns.set_target(
        turn.act, state.about["campaign"], state.about["unit"], state.answers["number"]
    )
    turn.form = None
    turn.args = ("targets", str(state.about["campaign"]))
    return await show_targets(turn)


# ---------------------------------------------------------------- while it runs


@routes.action("cp.open")
async def status(turn: Turn) -> Screens:
    """Where it stands."""
    return await _status(turn, await campaigns.get(turn.act, turn.int_arg(1)))


async def _status(turn: Turn, campaign: Campaign) -> Screen:
    text, rows = await campaign_words.status(turn.session, turn.world, turn.say, campaign, turn.now)
    return Screen(text, rows, in_place=True)


@routes.action("cp.pause")
async def pause(turn: Turn) -> Screens:
    """Nothing is sent until it goes on."""
    return await _status(turn, await campaigns.pause(turn.act, turn.int_arg(1)))


@routes.action("cp.resume")
async def resume(turn: Turn) -> Screens:
    """Go on."""
    return await _status(turn, await campaigns.resume(turn.act, turn.int_arg(1)))


@routes.action("cp.end")
async def ask_end(turn: Turn) -> Screens:
    """Sure?"""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    key = "campaign.end_sure" if campaign.state is CampaignState.RUNNING else "campaign.cancel_sure"
    return Screen(
        turn.say(key, name=campaign.name),
        (
            (
                Choice(turn.say("form.yes"), f"cp.ended.{campaign.id}.{fresh.stamp(turn.now)}"),
                Choice(turn.say("form.no"), f"cp.open.{campaign.id}"),
            ),
        ),
    )


@routes.action("cp.ended")
async def end(turn: Turn) -> Screens:
    """Over."""
    if not fresh.is_fresh(turn.args[-1], turn.now):
        return await ask_end(turn)
    return await _status(turn, await campaigns.end(turn.act, turn.int_arg(1)))


@routes.action("cp.picture")
async def picture(turn: Turn) -> Screens:
    """Done against target by unit, and the days."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    figures = await campaigns.figures(
        turn.session, turn.world.programmes, campaign, campaign.unit_id, turn.today
    )
    lines = await campaign_words.digest(
        turn.session, turn.world, turn.say, campaign, figures, campaign.unit_id, turn.now
    )
    view = await campaign_words.view_of(
        turn.session, turn.world, campaign, figures, campaign.unit_id, turn.now
    )
    text = Markup("\n").join([Markup("<b>{}</b>").format(campaign.name), *lines])
    return Screen(
        text,
        ((Choice(turn.say("campaign.open"), f"cp.open.{campaign.id}"), *menu_row(turn.say)),),
        pictures=(Picture(str(text.striptags()), drawing=ProgressDrawing(view, turn.say)),),
    )


# ---------------------------------------------------------------- what a reminder's buttons do


@routes.action("remind.off")
async def reminders_off(turn: Turn) -> Screens:
    """No more reminders of campaigns."""
    await people.set_reminders(turn.act, wanted=False)
    return Screen(
        turn.say("campaign.stopped"), ((Choice(turn.say("campaign.start_again"), "remind.on"), *menu_row(turn.say)),)
    )  # fmt: skip


@routes.action("remind.on")
async def reminders_on(turn: Turn) -> Screens:
    """Reminders again."""
    await people.set_reminders(turn.act, wanted=True)
    return Screen(turn.say("campaign.started_again"), (menu_row(turn.say),))


@routes.action("nudge")
async def go_on(turn: Turn) -> Screens:
    """Open what waits for this person at its place: a draft, else what was returned to them."""
    if turn.form is not None and turn.form.form in ("submit", "mend"):
        return turn.show_form()
    if await conversations.draft(turn.session, turn.who.person_id, "submit") is not None:
        turn.args = ("resume",)
        return await turn.routes.actions["draft.resume"].call(turn)
    returned = await returned_to(turn)
    if returned is not None:
        turn.args = (str(returned),)
        return await turn.routes.actions["mend"].call(turn)
    return await turn.routes.actions["new"].call(turn)


async def returned_to(turn: Turn) -> int | None:
    """The oldest initiative that was returned to who asks."""
    found: int | None = await turn.session.scalar(
        select(Initiative.id)
        .where(Initiative.entered_by == turn.who.person_id, Initiative.state == InitiativeState.RETURNED)
        .order_by(Initiative.id)
        .limit(1)
    )
    return found


routes.form(FormHandler(CAMPAIGN, _done, _facts, lookups={"unit": _find_unit}))
routes.form(FormHandler(STEP_TIME, _time_done))
routes.form(FormHandler(ONE_TARGET, _target_done))
