"""The support team gives a member who lost their way in a code for one use."""

from collections.abc import Sequence

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.handlers.turn import Turn
from bot.screens.people.actions import GiveCode
from bot.screens.people.codes import code_screen
from bot.services.people import passes, teams
from bot.services.people.rights import reach
from bot.services.people.roles import Power

routes: Routes[Turn] = Routes()

#: How many people of a name are looked at in each unit.
_LOOKED_AT = 40


def _who(_raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    raise Invalid("parse.name.unfit")


def _code_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("who", parse=_who, required=True, show=lambda value, _context: str(value.get("name", ""))),)


CODE_FOR = Form("codefor", _code_fields, summary=False)


async def _find_member(turn: Turn, _state: FormState, raw: str) -> Parsed:
    people = await teams.find_to_sign_in(turn.act, raw, _LOOKED_AT)
    if not people:
        raise Invalid("review.member_not_found", typed=one_line(raw, 60))
    labels = tuple(
        f"{person.name}" + (f" · {person.workplace}" if person.workplace else "") for person in people
    )
    return Parsed(tuple({"id": person.id, "name": person.name} for person in people), labels, confirm=True)


@routes.on(GiveCode)
async def code_for(turn: Turn, _action: GiveCode) -> Screens:
    """Ask for whom."""
    (await reach(turn.act)).top(Power.SIGN_IN)
    return await turn.open_form(CODE_FOR)


async def _code_done(turn: Turn, state: FormState) -> Screens:
    code, until, name = await passes.for_member(turn.act, state.answers["who"]["id"])
    turn.form = None
    return code_screen(turn.services, turn.say, "passes.device_for", code, until, who=name)


routes.form(FormHandler(CODE_FOR, _code_done, lookups={"who": _find_member}))
