"""The plan of a campaign: every message, to how many, over what and when; seen as people get it, and changed."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from markupsafe import Markup

from bot.conversation.ahead import parse_time
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.campaigns import messages
from bot.screens.campaigns.actions import (
    ChangeStepDay,
    ChangeStepTime,
    ChangeStepWords,
    OpenCampaign,
    ReadAllMessages,
    ShowPlan,
    ShowStep,
    TurnStep,
)
from bot.screens.campaigns.days_off import days_off_lines
from bot.screens.mailings import words as mailing_words
from bot.screens.rows import menu_row
from bot.services.campaigns import moments, plan, seeing, steering
from bot.services.campaigns.moments import Foreseen
from bot.services.campaigns.plan import PlanStep
from storage.campaigns.tables import Campaign

routes: Routes[Turn] = Routes()

_WORDS_LONGEST = 600
#: Stands for the usual sentence where an officer's own could be.
_USUAL = "usual"


async def plan_screen(turn: Turn, campaign: Campaign) -> Screen:
    """Every message, to how many people, on which channel, when."""
    say = turn.say
    lines = [
        say("campaign.plan_of", name=campaign.name),
        *await days_off_lines(turn, campaign),
    ]
    by_step: dict[str, list[Foreseen]] = {}
    for one in await _foresee(turn, campaign):
        by_step.setdefault(one.planned.step.key, []).append(one)
    lines += [_foreseen(turn, several) for several in by_step.values()]
    rows: list[Row] = [
        (Choice.of(one_line(_label(turn, step), 50), ShowStep(campaign.id, step.key)),)
        for step in moments.steps_of(campaign)
    ]
    rows.append((Choice.of(say("campaign.read_all"), ReadAllMessages(campaign.id)),))
    rows.append((Choice.of(say("campaign.open"), OpenCampaign(campaign.id)), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows))


async def _foresee(turn: Turn, campaign: Campaign) -> Sequence[Foreseen]:
    return await moments.foresee(turn.act, campaign, turn.services.closed(turn.now), turn.services.channels)


def _foreseen(turn: Turn, several: Sequence[Foreseen]) -> Markup:
    """One step of the plan in a line: when, what, to how many over what."""
    say, first, last = turn.say, several[0], several[-1]
    over = ", ".join(
        f"{say(f'channel.{name}')} {say.number(number)}"
        for name, number in sorted(first.reached.by_channel.items())
    )
    at = say.moment(first.planned.due_at)
    if len(several) > 1:
        at = say("campaign.moments", at=at, last=say.date(last.planned.day), n=len(several))
    return say(
        "campaign.moment",
        at=at,
        what=say(f"campaign.step.{first.planned.step.key}"),
        n=first.reached.now,
        over=f" ({over})" if over else "",
    ) + Markup("").join(
        Markup("\n   {}").format(line)
        for line in mailing_words.waiting(say, first.reached, turn.services.paid)
    )


@routes.on(ReadAllMessages)
async def read_all(turn: Turn, action: ReadAllMessages) -> Screens:
    """All messages of the plan one after the other, in the words that people will read."""
    campaign = await seeing.get(turn.act, action.campaign)
    say = turn.say
    parts = [say("campaign.plan_of", name=campaign.name)]
    shown: set[str] = set()
    for one in await _foresee(turn, campaign):
        step = one.planned.step
        if step.key in shown:
            continue  # each evening's report says the same but for its figures
        shown.add(step.key)
        message = await messages.message(turn, campaign, step, campaign.unit_id)
        head = say("campaign.read_head", at=say.moment(one.planned.due_at), n=one.reached.total)
        parts.append(Markup("\n").join([head, message.text if message else say("campaign.nothing_to_tell")]))
    rows: tuple[Row, ...] = ((Choice.of(say("campaign.plan"), ShowPlan(campaign.id)), *menu_row(say)),)
    return Screen(Markup("\n\n").join(parts), rows)


def _label(turn: Turn, step: PlanStep) -> str:
    name = str(turn.say(f"campaign.step.{step.key}"))
    return name if step.is_on else str(turn.say("campaign.step_is_off", what=name))


@routes.on(ShowPlan)
async def show_plan(turn: Turn, action: ShowPlan) -> Screens:
    """Every message of the plan."""
    return await plan_screen(turn, await seeing.get(turn.act, action.campaign))


@routes.on(ShowStep)
async def show_step(turn: Turn, action: ShowStep) -> Screens:
    """A message exactly as people get it, and what can be changed about it."""
    campaign = await seeing.get(turn.act, action.campaign)
    return await _step_screens(turn, campaign, moments.find_step(campaign, action.step))


async def _step_screens(turn: Turn, campaign: Campaign, step: PlanStep) -> Screens:
    say = turn.say
    message = await messages.message(turn, campaign, step, campaign.unit_id)
    shown = message or Screen(say("campaign.nothing_to_tell"))
    about = [
        say(
            "campaign.step_is",
            what=say(f"campaign.step.{step.key}"),
            whom=say(f"campaign.whom.{step.whom.value}"),
            at=step.at.strftime("%H:%M"),
            on=say("form.yes" if step.is_on else "form.no"),
        )
    ]
    if step.when in plan.OFFSETS:
        about.append(say(f"campaign.when.{step.when.value}", n=step.offset))
    rows: list[Row] = []
    if campaign.is_open:
        number, key = campaign.id, step.key
        change = [Choice.of(say("campaign.step_time"), ChangeStepTime(number, key))]
        if step.when in plan.OFFSETS:
            change.append(Choice.of(say("campaign.step_day"), ChangeStepDay(number, key)))
        turned = "campaign.step_off" if step.is_on else "campaign.step_on"
        rows = [
            (
                Choice.of(say(turned), TurnStep(number, key)),
                Choice.of(say("campaign.step_words"), ChangeStepWords(number, key)),
            ),
            tuple(change),
        ]
    rows.append((Choice.of(say("campaign.plan"), ShowPlan(campaign.id)), *menu_row(say)))
    return (
        Screen(shown.text, pictures=shown.pictures),
        Screen(Markup("\n").join(about), tuple(rows)),
    )


async def _changed(turn: Turn, campaign: Campaign, key: str) -> Screens:
    """A step that was changed, shown as people will get it now."""
    turn.form = None
    return await _step_screens(turn, campaign, moments.find_step(campaign, key))


async def _ask(turn: Turn, form: Form, campaign_id: int, key: str) -> Screen:
    """Open the form that changes one thing of a step."""
    campaign = await steering.get_open(turn.act, campaign_id)
    step = moments.find_step(campaign, key)
    about = {"campaign": campaign.id, "step": step.key, "when": step.when.value}
    return await turn.open_form(form, about=about)


@routes.on(TurnStep)
async def turn_step(turn: Turn, action: TurnStep) -> Screens:
    """On or off."""
    return await plan_screen(turn, await steering.turn_step(turn.act, action.campaign, action.step))


# ---------------------------------------------------------------- at which hour


def _clock(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(parse_time(raw).isoformat("minutes"))


def _time_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("at", parse=_clock, required=True),)


STEP_TIME = Form("steptime", _time_fields, summary=False)


@routes.on(ChangeStepTime)
async def step_time(turn: Turn, action: ChangeStepTime) -> Screens:
    """Ask for the hour."""
    return await _ask(turn, STEP_TIME, action.campaign, action.step)


async def _time_done(turn: Turn, state: FormState) -> Screens:
    number, key = state.about["campaign"], state.about["step"]
    at = time.fromisoformat(state.answers["at"])
    campaign = await steering.change_time(turn.act, turn.services.quiet, number, key, at)
    return await _changed(turn, campaign, key)


# ---------------------------------------------------------------- on which day


def _days(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    least, most = plan.OFFSETS[plan.When(context.facts["when"])]
    if not raw.isdecimal() or len(raw) > 3 or not least <= int(raw) <= most:
        raise Invalid("stepday.range", least=least, most=most)
    return Parsed.plain(int(raw))


def _day_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    return (Field("days", parse=_days, required=True, text=context.facts["when"]),)


def _day_facts(turn: Turn) -> dict[str, Any]:
    """When the step is taken; where an older version of the bot stored something else, the usual."""
    when = turn.form.about.get("when") if turn.form else None
    return {"when": when if when in {one.value for one in plan.OFFSETS} else plan.When.AFTER.value}


STEP_DAY = Form("stepday", _day_fields, summary=False)


@routes.on(ChangeStepDay)
async def step_day(turn: Turn, action: ChangeStepDay) -> Screens:
    """Ask for the day."""
    await steering.step_to_move(turn.act, action.campaign, action.step)
    return await _ask(turn, STEP_DAY, action.campaign, action.step)


async def _day_done(turn: Turn, state: FormState) -> Screens:
    number, key = state.about["campaign"], state.about["step"]
    campaign = await steering.change_day(turn.act, number, key, state.answers["days"])
    return await _changed(turn, campaign, key)


# ---------------------------------------------------------------- in which words


def _own_words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if raw == _USUAL:
        return Parsed.plain("")
    if not has_words(raw):
        raise Invalid("parse.text.no_words" if raw else "parse.text.empty")
    if len(raw) > _WORDS_LONGEST:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=_WORDS_LONGEST)
    return Parsed.plain(raw)


def _usual(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_USUAL, str(context.say("stepwords.usual")))]


def _shown_words(value: str, context: FormContext) -> str:
    return value or str(context.say("stepwords.usual"))


def _words_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("words", parse=_own_words, options=_usual, required=True, show=_shown_words),)


STEP_WORDS = Form("stepwords", _words_fields, summary=False)


@routes.on(ChangeStepWords)
async def step_words(turn: Turn, action: ChangeStepWords) -> Screens:
    """Ask for the words."""
    return await _ask(turn, STEP_WORDS, action.campaign, action.step)


async def _words_done(turn: Turn, state: FormState) -> Screens:
    number, key = state.about["campaign"], state.about["step"]
    campaign = await steering.change_words(turn.act, number, key, state.answers["words"])
    return await _changed(turn, campaign, key)


routes.form(FormHandler(STEP_TIME, _time_done))
routes.form(FormHandler(STEP_DAY, _day_done, _day_facts))
routes.form(FormHandler(STEP_WORDS, _words_done))
