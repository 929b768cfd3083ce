"""Recognition and recording, which the team enters when decisions have come: for one initiative or for many at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.conversation.dates import parse_date
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.days import show_whole_day
from bot.screens.recognition.actions import EnterMany, EnterOne, Entry, ShowEntries
from bot.screens.rows import menu_row
from bot.services.act import Act
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.recognition import entering
from storage.initiatives.tables import Initiative

routes: Routes[Turn] = Routes()

_MOST_OFFERED = 30


def _number(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw or len(raw) > 80 or not any(char.isalnum() for char in raw):
        raise Invalid("review.bad_number")
    return Parsed.plain(raw)


def _decided_on(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    try:
        found = parse_date(raw, context.today)
    except Invalid as invalid:
        # Its own sentence asks for the day of the first application.
        raise Invalid("review.day_in_future") if invalid.key == "parse.date.future" else invalid from None
    if found.precision != "day":
        raise Invalid("parse.date.need_day")
    applied = context.facts["applied"]
    if applied and found.value.isoformat() < applied:
        raise Invalid("review.day_before_applied", code=context.facts["code"])
    return Parsed.plain(found.value.isoformat())


def _today(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option("hom nay", str(context.say("submit.first_applied.today")))]


def _which(context: FormContext) -> Sequence[Field]:
    if not context.facts["many"]:
        return ()
    return (Field("chosen", Kind.MANY, options=_chosen_options, required=True),)


def _recognise_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    return (
        *_which(context),
        Field("number", parse=_number, required=True),
        Field("day", parse=_decided_on, options=_today, required=True, show=show_whole_day),
    )


def _record_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    return (
        *_which(context),
        Field("day", parse=_decided_on, options=_today, required=True, show=show_whole_day),
    )


def _chosen_options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    choices = [Option(str(number), label) for number, label in context.facts["candidates"]]
    return [Option("all", str(context.say("review.all_of_these"))), *choices]


RECOGNISE = Form("recognise", _recognise_fields, summary=False)
RECORD = Form("record", _record_fields, summary=False)
FORMS = {Entry.RECOGNITION: RECOGNISE, Entry.RECORDING: RECORD}


def _enter_facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {
        "many": "initiative" not in about,
        "candidates": about.get("candidates", ()),
        "code": about.get("code", ""),
        "applied": about.get("applied", ""),
    }


@routes.command("ghinhan", "enter")
async def enter_command(turn: Turn) -> Screens:
    """What is approved and not yet recognised or recorded, for entering many at once."""
    (await reach(turn.act)).top(Power.RECORD)
    return Screen(
        turn.say("review.enter_what"),
        (
            (
                Choice.of(turn.say("review.recognise"), EnterMany(Entry.RECOGNITION)),
                Choice.of(turn.say("review.record"), EnterMany(Entry.RECORDING)),
            ),
            menu_row(turn.say),
        ),
    )


@routes.on(ShowEntries)
async def show_entries(turn: Turn, _action: ShowEntries) -> Screens:
    """From the menu."""
    return await enter_command(turn)


@routes.on(EnterMany)
async def enter_many(turn: Turn, action: EnterMany) -> Screens:
    """Choose among those that lack it."""
    lacking = entering.to_recognise if action.entry is Entry.RECOGNITION else entering.to_record
    lines = await lacking(turn.act, limit=_MOST_OFFERED)
    if not lines:
        return Screen(turn.say("review.enter_none"), (menu_row(turn.say),))
    candidates = [
        [line.id, one_line(f"{line.code.rpartition('-')[2].lstrip('0')} · {line.name}", 58)] for line in lines
    ]
    return await turn.open_form(FORMS[action.entry], about={"candidates": candidates})


@routes.on(EnterOne)
async def enter_one(turn: Turn, action: EnterOne) -> Screens:
    """The decision for one, or that it was typed into the national software."""
    one = (await entering.approved(turn.act, action.initiative)).initiative
    about = {"initiative": one.id, "code": one.code, "applied": one.first_applied.isoformat()}
    return await turn.open_form(FORMS[action.entry], about=about)


async def _enter_done(turn: Turn, state: FormState) -> Screens:
    day = date.fromisoformat(state.answers["day"])
    chosen = state.answers.get("chosen", ())
    if "initiative" in state.about:
        numbers = [state.about["initiative"]]
    elif "all" in chosen:
        numbers = [number for number, _ in state.about["candidates"]]
    else:
        numbers = [int(number) for number in chosen]

    async def recognise(act: Act, number: int, day: date) -> Initiative:
        return await entering.recognise(act, number, state.answers["number"], day)

    enter = recognise if state.form == RECOGNISE.name else entering.record
    entered = await entering.enter_many(turn.act, numbers, day, enter)
    turn.form = None
    lines = [
        turn.say("review.entered", n=len(entered.codes)),
        Markup(", ").join(Markup.escape(code) for code in entered.codes),
        *(turn.say(one.key, **one.args_for_text) for one in entered.left_out),
    ]
    return Screen(Markup("\n").join(line for line in lines if line), (menu_row(turn.say),))


routes.form(FormHandler(RECOGNISE, _enter_done, _enter_facts))
routes.form(FormHandler(RECORD, _enter_done, _enter_facts))
