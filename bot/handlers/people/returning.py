"""Somebody registers who seems to be there already: they are asked whether it is they, and how to come back."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.forms import Answers, Field, Form, FormContext, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.text import clean
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import StayNew
from bot.services.people import returning

_NUMBER_LONGEST = 40
BACK, OTHER = "back", "other"


def _who(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option(BACK, str(context.say("comeback.back"))),
        Option(OTHER, str(context.say("comeback.other"))),
    ]


def _number(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    number = " ".join(clean(raw).split())
    if not 0 < len(number) <= _NUMBER_LONGEST:
        raise Invalid("comeback.number_unfit")
    return Parsed.plain(number)


def _fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    args = {name: context.facts.get(name, "") for name in ("name", "unit")}
    return (
        Field("who", Kind.ONE, options=_who, required=True, args=args),
        Field("number", parse=_number, applies=lambda answers, _context: answers.get("who") == BACK),
    )


RETURN = Form("comeback", _fields, summary=False)


def facts(turn: Turn) -> Mapping[str, Any]:
    """Under which name, and in which unit."""
    given = turn.form.about.get("register", {}) if turn.form is not None else {}
    return {"name": given.get("name", ""), "unit": given.get("unit", {}).get("name", "")}


async def question(turn: Turn, answers: Answers) -> Screen | None:
    """Ask who has just answered all of a registration whether they are there already; None where nobody seems to be."""
    if not await returning.seem_to_be(turn.act, answers["unit"]["id"], answers["name"]):
        return None
    turn.form = None
    return await turn.open_form(RETURN, about={"register": dict(answers)})


async def ask_team(turn: Turn, answers: Answers, number: str) -> Screen:
    """Ask the team; meanwhile nobody is made."""
    await returning.ask(turn.act, answers["unit"]["id"], answers["name"], number)
    turn.form = None
    return waiting(turn)


def waiting(turn: Turn) -> Screen:
    """What somebody sees who waits to be let in again."""
    return Screen(turn.say("comeback.waiting"), ((Choice.of(turn.say("comeback.other"), StayNew()),),))
