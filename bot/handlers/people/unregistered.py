"""Being found again on the enterprise's list, by the enterprise's own number."""

from collections.abc import Sequence

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold
from bot.conversation.vocabulary import Screen
from bot.handlers.menu import menu_screen
from bot.handlers.turn import Turn
from bot.services.people import unregistered

routes: Routes[Turn] = Routes()

_NUMBER_LONGEST = 40

#: The answer of somebody who only bears the same name.
_NOT_ME = "-"


def _pressed(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    """Read the one button; numbers are looked up in the database instead."""
    if raw != _NOT_ME:
        raise Invalid("listing.number_please")
    return Parsed.plain(raw)


def _not_me(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(_NOT_ME, str(context.say("listing.not_me")))]


def _fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("number", parse=_pressed, options=_not_me, required=True),)


LISTING = Form("listing", _fields, summary=False)


async def _take_place(turn: Turn, _state: FormState, raw: str) -> Parsed:
    number = raw.strip()
    if fold(number) == fold(str(turn.say("listing.not_me"))):
        return Parsed.plain(_NOT_ME)
    if not number or len(number) > _NUMBER_LONGEST:
        raise Invalid("listing.number_please")
    try:
        await unregistered.claim_place(turn.act, number, turn.incoming.origin)
    except unregistered.WrongNumber as wrong:
        raise Invalid("listing.wrong", n=wrong.left) from None
    return Parsed.plain(number)


async def _done(turn: Turn, state: FormState) -> Screens:
    turn.form = None
    menu = await menu_screen(turn)
    return menu if state.answers["number"] == _NOT_ME else (Screen(turn.say("listing.asked")), menu)


async def _left(turn: Turn, _state: FormState) -> Screens:
    turn.form = None
    return await menu_screen(turn)


routes.form(FormHandler(LISTING, _done, left=_left, lookups={"number": _take_place}))


async def after_registering(turn: Turn) -> Screen:
    """Let each feature do what it does after a registration; then ask about the unit's list, or show the menu."""
    for do in turn.features.after_registering:
        await do(turn)
    if await unregistered.is_listed(turn.act):
        return await turn.open_form(LISTING)
    return await menu_screen(turn)
