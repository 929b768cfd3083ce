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
from bot.services.initiatives import initiatives
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from bot.services.review import review
from storage.initiatives.tables import InitiativeState

routes: Routes[Turn] = Routes()


def _number(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw or len(raw) > 80 or not any(char.isalnum() for char in raw):
        raise Invalid("review.bad_number")
    return Parsed.plain(raw)


def _decided_on(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    found = parse_date(raw, context.today)
    if found.precision != "day":
        raise Invalid("parse.date.need_day")
    return Parsed.plain(found.value.isoformat())


def _today(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option("hom nay", str(context.say("submit.first_applied.today")))]


def _recognise_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    chosen = (
        (Field("chosen", Kind.MANY, options=_chosen_options, required=True),) if context.facts["many"] else ()
    )
    return (
        *chosen,
        Field("number", parse=_number, required=True),
        Field("day", parse=_decided_on, options=_today, required=True, show=show_whole_day),
    )


def _record_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    chosen = (
        (Field("chosen", Kind.MANY, options=_chosen_options, required=True),) if context.facts["many"] else ()
    )
    return (*chosen, Field("day", parse=_decided_on, options=_today, required=True, show=show_whole_day))


def _chosen_options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    choices = [Option(str(number), label) for number, label in context.facts["candidates"]]
    return [Option("all", str(context.say("review.all_of_these"))), *choices]


RECOGNISE = Form("recognise", _recognise_fields, summary=False)
RECORD = Form("record", _record_fields, summary=False)
FORMS = {Entry.RECOGNITION: RECOGNISE, Entry.RECORDING: RECORD}


def _enter_facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {"many": "initiative" not in about, "candidates": about.get("candidates", ())}


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
    lines = await review.to_enter(turn.act, action.entry.value, limit=30)
    if not lines:
        return Screen(turn.say("review.enter_none"), (menu_row(turn.say),))
    candidates = [
        [line.id, one_line(f"{line.code.rpartition('-')[2].lstrip('0')} · {line.name}", 58)] for line in lines
    ]
    return await turn.open_form(FORMS[action.entry], about={"candidates": candidates})


@routes.on(EnterOne)
async def enter_one(turn: Turn, action: EnterOne) -> Screens:
    """The decision for one, or that it was typed into the national software."""
    card, as_team = await initiatives.card_for(turn.act, action.initiative)
    if not as_team:
        raise Forbidden
    if card.initiative.state is not InitiativeState.APPROVED:
        raise Refusal("review.approve_first", code=card.initiative.code)
    return await turn.open_form(FORMS[action.entry], about={"initiative": card.initiative.id})


async def _enter_done(turn: Turn, state: FormState) -> Screens:
    day = date.fromisoformat(state.answers["day"])
    chosen = state.answers.get("chosen", ())
    if "initiative" in state.about:
        numbers = [state.about["initiative"]]
    elif "all" in chosen:
        numbers = [number for number, _ in state.about["candidates"]]
    else:
        numbers = [int(number) for number in chosen]
    done, left = [], []
    for number in numbers:
        try:
            async with turn.session.begin_nested():
                if state.form == RECOGNISE.name:
                    one = await review.recognise(turn.act, number, state.answers["number"], day)
                else:
                    one = await review.record(turn.act, number, day)
        except Refusal as refusal:
            left.append(turn.say(refusal.key, **refusal.args_for_text))
        else:
            done.append(one.code)
    turn.form = None
    lines = [turn.say("review.entered", n=len(done)), Markup(", ").join(Markup.escape(code) for code in done)]
    return Screen(Markup("\n").join([line for line in (*lines, *left) if line]), (menu_row(turn.say),))


routes.form(FormHandler(RECOGNISE, _enter_done, _enter_facts))
routes.form(FormHandler(RECORD, _enter_done, _enter_facts))
