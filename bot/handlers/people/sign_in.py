"""The support team gives a member who lost their way in a code for one use."""

from collections.abc import Sequence

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold, one_line
from bot.handlers.turn import Turn
from bot.screens.people.codes import code_screen
from bot.services.people import passes, people
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from storage.people.tables import Person

routes: Routes[Turn] = Routes()


def _who(_raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    raise Invalid("parse.name.unfit")


def _code_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("who", parse=_who, required=True, show=lambda value, _context: str(value.get("name", ""))),)


CODE_FOR = Form("codefor", _code_fields, summary=False)


async def _find_member(turn: Turn, _state: FormState, raw: str) -> Parsed:
    found = [
        person
        for grant in (await reach(turn.act)).with_power(Power.SIGN_IN)
        for person in await people.find_members(turn.act, grant.unit_id, fold(raw), 40)
    ]
    found = [person for person in found if person.registered_at is not None]
    if not found:
        raise Invalid("review.member_not_found", typed=one_line(raw, 60))
    labels = tuple(
        f"{person.name}" + (f" · {person.workplace}" if person.workplace else "") for person in found
    )
    return Parsed(tuple({"id": person.id, "name": person.name} for person in found), labels, confirm=True)


@routes.action("codefor")
async def code_for(turn: Turn) -> Screens:
    """A one-time code for somebody of the unit who lost their way in."""
    (await reach(turn.act)).top(Power.SIGN_IN)
    return await turn.open_form(CODE_FOR)


async def _code_done(turn: Turn, state: FormState) -> Screens:
    person = await turn.session.get_one(Person, state.answers["who"]["id"])
    code, until = await passes.for_device(turn.act, person.id)
    turn.form = None
    return code_screen(turn.services, turn.say, "passes.device_for", code, until, who=person.name)


routes.form(FormHandler(CODE_FOR, _code_done, lookups={"who": _find_member}))
