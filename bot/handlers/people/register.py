"""Coming in: greeting, consent, unit and name; invites, posters and codes; leaving without a trace."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Keep, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Occasion, Routes, Screens
from bot.conversation.text import clean, fold, one_line, person_name
from bot.conversation.vocabulary import Choice, IncomingKind, Screen
from bot.handlers.menu import menu_screen
from bot.handlers.people.unregistered import after_registering
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.people import merging, passes, people, tries
from bot.services.people.people import ConsentEvidence
from bot.services.refusal import Refusal
from storage.conversation import conversations
from storage.people.tables import PassKind, Person
from storage.units import tree as units
from storage.units.tables import Unit, UnitKind

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
    """What proves a yes: the words on the screen, and when and with which message the person said it."""
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
    """Nothing more is asked of somebody who has said no: the form is then at its end."""
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
    code = passes.normal(turn.words)
    if turn.incoming.is_group:
        return Screen(turn.say("team.group_hello"))
    if not turn.who.registered:
        return await begin(turn, code)
    if code:
        return await _use_code(turn, code)
    if turn.form is not None and turn.form.form in turn.routes.forms:
        return (Screen(turn.say("register.welcome_back", name=turn.who.name)), turn.show_form())
    return await menu_screen(turn)


async def begin(turn: Turn, code: str = "") -> Screens:
    """Greet a guest; with an invite the unit is known already. What they have answered meanwhile stays."""
    form = turn.form if turn.form is not None and turn.form.form == REGISTER.name else None
    if form is not None and not code:
        return turn.show_form()
    opened = await tries.look(turn.act, turn.who.account_id, code) if code else None
    if opened is not None and opened.kind is PassKind.DEVICE:
        return await _join(turn, opened)
    if opened is None or opened.unit is None or opened.kind is not PassKind.INVITE:
        if form is not None:
            return (Screen(turn.say("passes.unknown")), turn.show_form())
        turn.form = None
        hello = turn.say("register.hello_bad_code" if code else "register.hello")
        return (Screen(hello), await turn.open_form(REGISTER))
    answers = {**(form.answers if form is not None else {}), "unit": _unit_value(opened.unit, code)}
    turn.form = None
    question = await turn.open_form(REGISTER, answers)
    if form is not None and turn.form is not None:
        # The same form with one answer more: the buttons that stand on the phone go on pressing.
        turn.form = replace(turn.form, tag=form.tag)
        question = turn.show_form()
    if "consent" in answers:
        return question
    return (Screen(turn.say("register.hello_unit", unit=opened.unit.name)), question)


@routes.when(Occasion.START, guests=True)
async def start_button(turn: Turn) -> Screens:
    """By a link, a poster, or a messenger's start button."""
    turn.words = turn.incoming.payload
    return await start(turn)


async def read_code(turn: Turn, text: str) -> Screens | None:
    """Words that no form waits for may be a code, which people type as it stands."""
    return await _use_code(turn, passes.normal(text)) if passes.is_like(text) else None


@routes.when(Occasion.GUEST, guests=True)
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
        return await begin(turn, passes.in_words(turn.incoming.text))
    return await begin(turn)


async def _join(turn: Turn, opened: passes.Opened) -> Screens:
    turn.needs_to_be_alone()
    person = await people.join_account(turn.act, turn.who.account_id, opened)
    return await _arrives(turn, person, "register.joined")


async def _arrives(turn: Turn, person: Person, hello: str) -> Screens:
    """From now on the account is that person's, and what they were in the middle of goes on here, where it stood."""
    who = turn.who
    unit = await turn.session.get(Unit, person.unit_id) if person.unit_id else None
    who.person_id, who.registered, who.name = person.id, person.registered_at is not None, person.name
    who.language, who.unit_id, who.unit_path = person.language, person.unit_id, unit.path if unit else ""
    who.form, who.form_account = await conversations.form_of(turn.session, person.id)
    turn.load_form(who.form)
    turn.say = turn.services.texts.say(person.language)
    text = turn.say(hello, name=person.name) if who.registered else turn.say("register.joined_guest")
    if turn.form is not None and turn.form.form in turn.routes.forms:
        return (Screen(text + Markup("\n") + turn.say("form.goes_on")), turn.show_form())
    if not who.registered:
        return (Screen(text), await turn.open_form(REGISTER))
    return (Screen(text), await menu_screen(turn))


def _unknown(turn: Turn) -> Screens:
    """No refusal, which would take back that a wrong code was counted."""
    text = turn.say("passes.unknown")
    return Screen(text, (menu_row(turn.say),)) if turn.form is None else (Screen(text), turn.show_form())


async def _use_code(turn: Turn, code: str) -> Screens:
    opened = await tries.look(turn.act, turn.who.account_id, code)
    if opened is None:
        return _unknown(turn)
    if opened.kind is PassKind.DEVICE:
        if opened.person_id == turn.who.person_id:
            return Screen(turn.say("passes.own"), (menu_row(turn.say),))
        if await people.is_guests(turn.act, opened):
            turn.needs_to_be_alone()
            await people.take_in(turn.act, opened)
            return Screen(turn.say("register.took_in"), (menu_row(turn.say),))
        return await _ask_to_merge(turn, opened, code)
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
    opened = await tries.look(turn.act, turn.who.account_id, code, PassKind.INVITE)
    if opened is None:
        return _unknown(turn)
    unit = await people.accept_invite(turn.act, opened)
    return (Screen(turn.say("register.accepted", unit=unit.name)), await menu_screen(turn))


async def _ask_to_merge(turn: Turn, opened: passes.Opened, code: str) -> Screens:
    """Somebody registered shows the code of another registration: are both they?"""
    mine, theirs = await merging.sides(turn.act, opened)
    say = turn.say
    text = say(
        "passes.merge_ask",
        name=mine.name,
        unit=mine.unit,
        n=mine.initiatives,
        other=theirs.name,
        other_unit=theirs.unit,
        other_n=theirs.initiatives,
        draft=say("passes.merge_draft", other=theirs.name)
        if await merging.both_began(turn.act, opened)
        else "",
    )
    return Screen(
        text, ((Choice(say("passes.merge_yes"), f"merge.{code}"), Choice(say("passes.merge_no"), "menu")),)
    )


@routes.action("merge")
async def merge(turn: Turn) -> Screens:
    """``merge.<code>``: both are they. What is open here is put aside, and goes along."""
    code = turn.args[0] if turn.args else ""
    opened = await tries.look(turn.act, turn.who.account_id, code, PassKind.DEVICE)
    if opened is None or opened.person_id is None:
        return _unknown(turn)
    turn.needs_to_be_alone()
    await turn.put_aside()
    begun, _ = await conversations.form_of(turn.session, opened.person_id)
    handler = turn.routes.forms.get(begun["form"]) if begun else None
    keeps = begun is not None and handler is not None and handler.form.keeps_draft
    name = handler.form.draft_name(begun.get("about", {})) if keeps and handler and begun else ""
    person = await merging.merge(turn.act, opened, name)
    return await _arrives(turn, person, "passes.merged")


@routes.command("ma", "code", guests=True, worded=passes.is_like)
async def code_command(turn: Turn) -> Screens:
    """``/ma ABC123``: an invite, a unit's join code, or a code from another device."""
    if turn.incoming.is_group:
        return Screen(turn.say("passes.privately"))
    code = passes.normal(turn.words)
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
