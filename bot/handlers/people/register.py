"""Coming in: greeting somebody new, whichever way they come; and codes that people type as they stand."""

from dataclasses import replace

from markupsafe import Markup

from bot.conversation.routing import Occasion, Routes, Screens
from bot.conversation.vocabulary import IncomingKind, Screen
from bot.handlers.menu import menu_screen
from bot.handlers.people import codes
from bot.handlers.people.registration import REGISTER, unit_answer
from bot.handlers.people.returning import waiting
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.people import passes, returning, tries
from storage.people.tables import PassKind

routes: Routes[Turn] = Routes()


@routes.command("start", "batdau", guests=True)
async def start(turn: Turn) -> Screens:
    """The first word of anybody, perhaps with an invite in the link."""
    code = passes.normal(turn.words)
    if turn.incoming.is_group:
        return Screen(turn.say("team.group_hello"))
    if not turn.who.registered:
        return await begin(turn, code)
    if code:
        return await codes.use(turn, code)
    if turn.form is not None and turn.form.form in turn.routes.forms:
        return (Screen(turn.say("register.welcome_back", name=turn.who.name)), turn.show_form())
    return await menu_screen(turn)


async def begin(turn: Turn, code: str = "") -> Screens:
    """Greet a guest; with an invite the unit is known already. What they have answered meanwhile stays."""
    if not code and turn.form is None and await returning.is_waiting(turn.act):
        return waiting(turn)
    form = turn.form if turn.form is not None and turn.form.form == REGISTER.name else None
    if form is not None and not code:
        return turn.show_form()
    opened = await tries.look(turn.act, turn.who.account_id, code) if code else None
    if opened is not None and opened.kind is PassKind.DEVICE:
        return await codes.join(turn, opened, code)
    if opened is None or opened.unit is None or opened.kind is not PassKind.INVITE:
        if form is not None:
            return (Screen(turn.say("passes.unknown")), turn.show_form())
        turn.form = None
        hello = turn.say("register.hello_bad_code" if code else "register.hello")
        return (Screen(hello), await turn.open_form(REGISTER))
    answers = {**(form.answers if form is not None else {}), "unit": unit_answer(opened.unit, code)}
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


@routes.when(Occasion.GUEST, guests=True)
async def guest(turn: Turn) -> Screens:
    """Anything else from somebody who has not registered: a code, or just words."""
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


# ---------------------------------------------------------------- codes, as they are typed


@routes.command("ma", "code", guests=True, worded=passes.is_like)
async def code_command(turn: Turn) -> Screens:
    """``/ma ABC123``: an invite, a unit's join code, or a code from another device."""
    if turn.incoming.is_group:
        return Screen(turn.say("passes.privately"))
    code = passes.normal(turn.words)
    if not code:
        return Screen(turn.say("passes.type_it"), (menu_row(turn.say),))
    return await codes.use(turn, code) if turn.who.registered else await begin(turn, code)


async def read_code(turn: Turn, text: str) -> Screens | None:
    """A text outside of any form may be a code, which people type just like that."""
    return await codes.use(turn, passes.normal(text)) if passes.is_like(text) else None
