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
from bot.quiet_hours import at_local
from bot.screens.campaigns import words as campaign_words
from bot.screens.campaigns.days_off import days_off_lines
from bot.screens.mailings import words as mailing_words
from bot.screens.rows import menu_row
from bot.services.campaigns import campaigns, plan
from bot.services.campaigns.campaigns import Foreseen
from bot.services.campaigns.plan import Step
from bot.services.refusal import Forbidden, Refusal
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
        *await days_off_lines(
            turn.session, say, campaign.starts, campaign.ends, is_demo=turn.services.is_demo
        ),
    ]
    by_step: dict[str, list[Foreseen]] = {}
    for one in await campaigns.foresee(
        turn.act, campaign, turn.services.closed(turn.now), turn.services.channels
    ):
        by_step.setdefault(one.planned.step.key, []).append(one)
    lines += [_foreseen(turn, several) for several in by_step.values()]
    rows: list[Row] = [
        (Choice(one_line(_label(turn, step), 50), f"cp.step.{campaign.id}.{step.key}"),)
        for step in campaigns.steps_of(campaign)
    ]
    rows.append((Choice(say("campaign.read_all"), f"cp.all.{campaign.id}"),))
    rows.append((Choice(say("campaign.open"), f"cp.open.{campaign.id}"), *menu_row(say)))
    return Screen(Markup("\n").join(lines), tuple(rows))


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


@routes.action("cp.all")
async def read_all(turn: Turn) -> Screens:
    """``cp.all.<campaign>``: all messages of the plan one after the other, in the words that people will read."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    say = turn.say
    parts = [say("campaign.plan_of", name=campaign.name)]
    shown: set[str] = set()
    for one in await campaigns.foresee(
        turn.act, campaign, turn.services.closed(turn.now), turn.services.channels
    ):
        step = one.planned.step
        if step.key in shown:
            continue  # each evening's report says the same but for its figures
        shown.add(step.key)
        message = await campaign_words.message(
            turn.session, turn.services, say, campaign, step, campaign.unit_id, turn.now
        )
        head = say("campaign.read_head", at=say.moment(one.planned.due_at), n=one.reached.total)
        parts.append(Markup("\n").join([head, message.text if message else say("campaign.nothing_to_tell")]))
    rows: tuple[Row, ...] = ((Choice(say("campaign.plan"), f"cp.plan.{campaign.id}"), *menu_row(say)),)
    return Screen(Markup("\n\n").join(parts), rows)


def _label(turn: Turn, step: Step) -> str:
    name = str(turn.say(f"campaign.step.{step.key}"))
    return name if step.is_on else str(turn.say("campaign.step_is_off", what=name))


@routes.action("cp.plan")
async def show_plan(turn: Turn) -> Screens:
    """``cp.plan.<campaign>``."""
    return await plan_screen(turn, await campaigns.get(turn.act, turn.int_arg(1)))


@routes.action("cp.step")
async def show_step(turn: Turn) -> Screens:
    """``cp.step.<campaign>.<step>``: a message exactly as people get it, and what can be changed about it."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    return await _step_screens(turn, campaign, _step(turn, campaign))


async def _step_screens(turn: Turn, campaign: Campaign, step: Step) -> Screens:
    say = turn.say
    message = await campaign_words.message(
        turn.session, turn.services, say, campaign, step, campaign.unit_id, turn.now
    )
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
        base = f"{campaign.id}.{step.key}"
        change = [Choice(say("campaign.step_time"), f"cp.time.{base}")]
        if step.when in plan.OFFSETS:
            change.append(Choice(say("campaign.step_day"), f"cp.day.{base}"))
        rows = [
            (
                Choice(say("campaign.step_off" if step.is_on else "campaign.step_on"), f"cp.turn.{base}"),
                Choice(say("campaign.step_words"), f"cp.words.{base}"),
            ),
            tuple(change),
        ]
    rows.append((Choice(say("campaign.plan"), f"cp.plan.{campaign.id}"), *menu_row(say)))
    return (
        Screen(shown.text, pictures=shown.pictures),
        Screen(Markup("\n").join(about), tuple(rows)),
    )


def _step(turn: Turn, campaign: Campaign, key: str = "") -> Step:
    wanted = key or (turn.args[2] if len(turn.args) > 2 else "")
    found = next((step for step in campaigns.steps_of(campaign) if step.key == wanted), None)
    if found is None:
        raise Forbidden
    return found


async def _changed(turn: Turn, state: FormState, **values: Any) -> Screens:  # noqa: ANN401 - a step's fields
    """The step with one thing changed, shown as people will get it now."""
    campaign = await campaigns.get(turn.act, state.about["campaign"])
    step = _step(turn, campaign, state.about["step"])
    campaign = await campaigns.change_step(turn.act, campaign.id, step.key, **values)
    turn.form = None
    return await _step_screens(turn, campaign, _step(turn, campaign, step.key))


async def _ask(turn: Turn, form: Form) -> Screen:
    """Open the form that changes one thing of a step."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    if not campaign.is_open:
        raise Refusal("campaign.over")
    step = _step(turn, campaign)
    return await turn.open_form(
        form, about={"campaign": campaign.id, "step": step.key, "when": step.when.value}
    )


@routes.action("cp.turn")
async def turn_step(turn: Turn) -> Screens:
    """On or off."""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    step = _step(turn, campaign)
    return await plan_screen(
        turn, await campaigns.change_step(turn.act, campaign.id, step.key, is_on=not step.is_on)
    )


# ---------------------------------------------------------------- at which hour


def _clock(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(parse_time(raw).isoformat("minutes"))


def _time_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("at", parse=_clock, required=True),)


STEP_TIME = Form("steptime", _time_fields, summary=False)


@routes.action("cp.time")
async def step_time(turn: Turn) -> Screens:
    """At which hour?"""
    return await _ask(turn, STEP_TIME)


async def _time_done(turn: Turn, state: FormState) -> Screens:
    at = time.fromisoformat(state.answers["at"])
    if turn.services.quiet.awake(None, at_local(turn.today, at)) != at_local(turn.today, at):
        night, morning = turn.services.quiet.night
        raise Refusal("campaign.time_quiet", since=morning.strftime("%H:%M"), until=night.strftime("%H:%M"))
    return await _changed(turn, state, at=at)


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


@routes.action("cp.day")
async def step_day(turn: Turn) -> Screens:
    """On which day?"""
    campaign = await campaigns.get(turn.act, turn.int_arg(1))
    if _step(turn, campaign).when not in plan.OFFSETS:
        raise Forbidden
    return await _ask(turn, STEP_DAY)


async def _day_done(turn: Turn, state: FormState) -> Screens:
    return await _changed(turn, state, offset=state.answers["days"])


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


@routes.action("cp.words")
async def step_words(turn: Turn) -> Screens:
    """In which words?"""
    return await _ask(turn, STEP_WORDS)


async def _words_done(turn: Turn, state: FormState) -> Screens:
    return await _changed(turn, state, words=state.answers["words"])


routes.form(FormHandler(STEP_TIME, _time_done))
routes.form(FormHandler(STEP_DAY, _day_done, _day_facts))
routes.form(FormHandler(STEP_WORDS, _words_done))
