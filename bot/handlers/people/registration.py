"""The registration form: consent with its evidence, the unit, and the name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Keep, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import clean, one_line, person_name
from bot.conversation.vocabulary import Screen
from bot.handlers.people import returning
from bot.handlers.people.unregistered import after_registering
from bot.handlers.turn import Turn
from bot.services.people import erasing, passes, registering
from bot.services.people.consent import ConsentEvidence
from storage.units.tables import Unit

routes: Routes[Turn] = Routes()

_MOST_FOUND = 48


def _consent_options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option("yes", str(context.say("register.agree"))),
        Option("no", str(context.say("register.refuse"))),
    ]


def _evidence(value: str, context: FormContext) -> Any:  # noqa: ANN401 - JSON
    """Keep with a yes what proves it: the words on the screen, the moment, and the message."""
    if value != "yes":
        return value
    said = context.facts["evidence"]
    ask = context.say(
        "register.consent.ask", holder=context.facts["holder"], contact=context.facts["contact"]
    )
    return {**said, "words": str(ask), "language": context.say.language}


def _said(kept: Any) -> str:  # noqa: ANN401 - JSON
    """Which option the person chose: only a yes keeps evidence."""
    return kept if isinstance(kept, str) else "yes"


def _name(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(person_name(raw))


def _unit(_raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    raise Invalid("register.unit_unknown")


def _names(_answers: Answers, context: FormContext) -> Sequence[Option]:
    known = str(context.facts.get("display_name", ""))
    return [Option(known, known)] if known and len(known.encode()) <= 30 else []


def _agreed(answers: Answers, _context: FormContext) -> bool:
    """Whether to ask on: after a no the form is complete."""
    return answers.get("consent") != "no"


def _fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    return (
        Field(
            "consent",
            Kind.ONE,
            options=_consent_options,
            keep=Keep(_evidence, _said),
            required=True,
            args={"holder": context.facts["holder"], "contact": context.facts["contact"]},
        ),
        Field(
            "unit",
            parse=_unit,
            required=True,
            applies=_agreed,
            show=lambda value, _context: str(value["name"]),
        ),
        Field("name", parse=_name, options=_names, required=True, applies=_agreed),
    )


REGISTER = Form("register", _fields, summary=False)


def _facts(turn: Turn) -> dict[str, Any]:
    shown = one_line(clean(turn.incoming.display_name), 60)
    try:
        shown = person_name(shown) if shown else ""
    except Invalid:
        shown = ""
    return {
        "holder": turn.services.holder.name,
        "contact": turn.services.holder.contact,
        "display_name": shown,
        "evidence": {
            "at": turn.now.isoformat(),
            "channel": turn.incoming.channel,
            "update_key": turn.incoming.key,
        },
    }


async def _find_units(turn: Turn, _state: FormState, raw: str) -> Parsed:
    units = await registering.homes(turn.act, raw, _MOST_FOUND)
    if not units:
        raise Invalid("register.unit_not_found", typed=one_line(raw, 60))
    return Parsed(
        tuple(unit_answer(unit) for unit in units),
        tuple(one_line(unit.name, 60) for unit in units),
        confirm=True,
    )


def unit_answer(unit: Unit, code: str = "") -> dict[str, object]:
    """The answer to the question of the unit; ``code``: the invite that said it."""
    return {"id": unit.id, "name": unit.name, **({"code": code} if code else {})}


async def _done(turn: Turn, state: FormState) -> Screens:
    if state.answers["consent"] == "no":
        return await _refuse(turn)
    return await returning.question(turn, state.answers) or await _register(turn, state.answers)


async def _returned(turn: Turn, state: FormState) -> Screens:
    """They said whether they are there already."""
    given = state.about["register"]
    if state.answers["who"] == returning.OTHER:
        return await _register(turn, given)
    return await returning.ask_team(turn, given, state.answers.get("number") or "")


async def _register(turn: Turn, answers: Answers) -> Screens:
    said = answers["consent"]
    evidence = ConsentEvidence(
        words=said["words"],
        language=said["language"],
        channel=said["channel"],
        update_key=said["update_key"],
        at=datetime.fromisoformat(said["at"]),
    )
    unit = answers["unit"]
    person, home = await registering.register(
        turn.act, unit["id"], answers["name"], evidence, unit.get("code", "")
    )
    turn.form = None
    turn.who.registered, turn.who.name = True, person.name
    turn.who.unit_id, turn.who.unit_path = home.id, home.path
    return (
        Screen(turn.say("register.done", name=person.name, unit=home.name)),
        await after_registering(turn),
    )


async def _refuse(turn: Turn) -> Screens:
    """Keep nothing of somebody who gave no consent."""
    await erasing.forget_guest(turn.act)
    turn.form = None
    return Screen(turn.say("register.refused"))


async def _left(turn: Turn, _state: FormState) -> Screens:
    turn.form = None
    return Screen(turn.say("register.left"))


routes.form(
    FormHandler(
        REGISTER,
        _done,
        _facts,
        _left,
        lookups={"unit": _find_units},
        guests=True,
        aside=lambda text: bool(passes.in_words(text)),
    )
)

routes.form(
    FormHandler(
        returning.RETURN,
        _returned,
        returning.facts,
        _left,
        guests=True,
        # A code from another device brings them back at once.
        aside=lambda text: bool(passes.in_words(text)),
    )
)
