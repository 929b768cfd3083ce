"""Coming in: greeting, consent, unit and name; invites, posters and codes; leaving without a trace."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import clean, fold, one_line, person_name
from bot.conversation.vocabulary import Choice, IncomingKind, Screen
from bot.handlers.menu import menu_screen
from bot.handlers.turn import Turn, menu_row
from bot.handlers.unregistered import after_registering
from bot.services import passes, people
from bot.services.people import ConsentEvidence
from bot.services.refusal import Refusal
from storage import units
from storage.models import PassKind, Unit, UnitKind

routes: Routes[Turn] = Routes()

#: Where people register; a sector or corporation is for officers, who come by invite.
_HOMES = (UnitKind.GRASSROOTS, UnitKind.SECTION, UnitKind.GROUP, UnitKind.UPPER)
_MOST_FOUND = 48


def _consent_options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [
        Option("yes", str(context.say("register.agree"))),
        Option("no", str(context.say("register.refuse"))),
    ]


def _evidence(value: str, context: FormContext) -> Any:  # noqa: ANN401 - JSON
    """What a yes is worth: the words that were on the screen, when and with which message it was said."""
    if value != "yes":
        return value
    said = context.facts["evidence"]
    ask = context.say(
        "register.consent.ask", holder=context.facts["holder"], contact=context.facts["contact"]
    )
    return {**said, "words": str(ask), "language": context.say.language}


def _name(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(person_name(raw))


def _unit(_raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    raise Invalid("register.unit_unknown")


def _names(_answers: Answers, context: FormContext) -> Sequence[Option]:
    known = str(context.facts.get("display_name", ""))
    return [Option(known, known)] if known and len(known.encode()) <= 30 else []


def _agreed(answers: Answers, _context: FormContext) -> bool:
    """Nothing more is asked of somebody who has said no: the form is then at its end."""
    return answers.get("consent") != "no"


def _fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    return (
        Field(
            "consent",
            Kind.ONE,
            options=_consent_options,
            keep=_evidence,
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
        "holder": turn.world.holder.name,
        "contact": turn.world.holder.contact,
        "display_name": shown,
        "evidence": {
            "at": turn.now.isoformat(),
            "channel": turn.incoming.channel,
            "update_key": turn.incoming.key,
        },
    }


async def _find_units(turn: Turn, _state: FormState, raw: str) -> Parsed:
    opened = await passes.look(turn.act, raw, PassKind.INVITE)
    if opened is not None and opened.unit is not None:
        return Parsed.plain(_unit_value(opened.unit, passes.normal(raw)))
    found = await units.search(turn.session, fold(raw), kinds=_HOMES, limit=_MOST_FOUND, today=turn.today)
    if not found:
        raise Invalid("register.unit_not_found", typed=one_line(raw, 60))
    return Parsed(
        tuple(_unit_value(unit) for unit in found),
        tuple(one_line(unit.name, 60) for unit in found),
        confirm=True,
    )


def _unit_value(unit: Unit, code: str = "") -> dict[str, object]:
    return {"id": unit.id, "name": unit.name, **({"code": code} if code else {})}


@routes.command("start", "batdau", guests=True)
async def start(turn: Turn) -> Screens:
    """The first word of anybody, perhaps with an invite in the link."""
    code = passes.normal(turn.args[0]) if turn.args else ""
    if turn.incoming.is_group:
        return Screen(turn.say("team.group_hello"))
    if turn.who.registered:
        return await _use_code(turn, code) if code else await menu_screen(turn)
    return await begin(turn, code)


async def begin(turn: Turn, code: str = "") -> Screens:
    """Greet a guest; with an invite the unit is known already."""
    if turn.form is not None and turn.form.form == REGISTER.name and not code:
        return turn.show_form()
    answers: dict[str, object] = {}
    hello = turn.say("register.hello")
    if code:
        opened = await passes.look(turn.act, code)
        if opened is None:
            hello = turn.say("register.hello_bad_code")
        elif opened.kind is PassKind.DEVICE:
            return await _join(turn, code)
        elif opened.unit is not None and opened.kind is PassKind.INVITE:
            answers["unit"] = _unit_value(opened.unit, code)
            hello = turn.say("register.hello_unit", unit=opened.unit.name)
    turn.form = None
    question = await turn.open_form(REGISTER, answers)
    return (Screen(hello), question)


@routes.action("guest", guests=True)
async def guest(turn: Turn) -> Screens:
    """Anything else from somebody who has not registered: a code, or simply a word."""
    if turn.incoming.is_group:
        say = turn.say("team.not_registered")
        if turn.incoming.kind is IncomingKind.ACTION:
            return Screen(Markup(), toast=say.striptags())
        # What people say to each other in the group is none of the bot's business; a command to it is.
        return Screen(say) if turn.incoming.text.startswith("/") else ()
    if turn.who.registered:
        return await menu_screen(turn)  # only a forged button leads here
    if turn.incoming.kind is IncomingKind.TEXT:
        code = passes.normal(turn.incoming.text)
        if len(code) in (passes.JOIN_LENGTH, 10) and await passes.look(turn.act, code) is not None:
            return await begin(turn, code)
    return await begin(turn)


async def _join(turn: Turn, code: str) -> Screens:
    person = await people.join_account(turn.act, turn.who.account_id, code)
    turn.who.person_id, turn.who.registered, turn.who.name = person.id, True, person.name
    turn.who.language, turn.who.unit_id = person.language, person.unit_id
    turn.say = turn.world.texts.say(person.language)
    turn.who.form = None
    return (Screen(turn.say("register.joined", name=person.name)), await menu_screen(turn))


async def _use_code(turn: Turn, code: str) -> Screens:
    opened = await passes.look(turn.act, code)
    if opened is None:
        raise Refusal("passes.unknown")
    if opened.kind is PassKind.DEVICE:
        if opened.person_id == turn.who.person_id:
            return await menu_screen(turn)
        raise Refusal("passes.other_person")
    if opened.kind is PassKind.GROUP:
        raise Refusal("passes.in_group_only")
    if opened.unit is not None and opened.role is None and opened.unit.id == turn.who.unit_id:
        return await menu_screen(turn)
    if opened.unit is None:
        raise Refusal("passes.unknown")
    key = "register.accept_role" if opened.role else "register.accept_move"
    role = turn.say(f"role.{opened.role.value}") if opened.role else ""
    return Screen(
        turn.say(key, unit=opened.unit.name, role=role),
        ((Choice(turn.say("form.yes"), f"accept.{code}"), Choice(turn.say("form.no"), "menu")),),
    )


@routes.action("accept")
async def accept(turn: Turn) -> Screens:
    """Yes to an invite."""
    code = turn.args[0] if turn.args else ""
    unit = await people.accept_invite(turn.act, code)
    return (Screen(turn.say("register.accepted", unit=unit.name)), await menu_screen(turn))


@routes.command("ma", "code", guests=True)
async def code_command(turn: Turn) -> Screens:
    """``/ma ABC123``: an invite, a unit's join code, or a code from another device."""
    code = passes.normal("".join(turn.args))
    if not code:
        return Screen(turn.say("passes.type_it"), (menu_row(turn.say),))
    return await _use_code(turn, code) if turn.who.registered else await begin(turn, code)


async def _done(turn: Turn, state: FormState) -> Screens:
    said = state.answers["consent"]
    if said == "no":
        return await _refuse(turn)
    evidence = ConsentEvidence(
        words=said["words"],
        language=said["language"],
        channel=said["channel"],
        update_key=said["update_key"],
        at=datetime.fromisoformat(said["at"]),
    )
    unit = state.answers["unit"]
    person = await people.register(
        turn.act, unit["id"], state.answers["name"], evidence, unit.get("code", "")
    )
    turn.form = None
    turn.who.registered, turn.who.name, turn.who.unit_id = True, person.name, person.unit_id
    home = await turn.session.get_one(Unit, unit["id"])
    turn.who.unit_path = home.path
    return (
        Screen(turn.say("register.done", name=person.name, unit=home.name)),
        await after_registering(turn),
    )


async def _refuse(turn: Turn) -> Screens:
    """No consent: nothing is kept."""
    await people.forget_guest(turn.act)
    turn.form = None
    return Screen(turn.say("register.refused"))


async def _left(turn: Turn, _state: FormState) -> Screens:
    turn.form = None
    return Screen(turn.say("register.left"))


routes.form(FormHandler(REGISTER, _done, _facts, _left, lookups={"unit": _find_units}, guests=True))
