"""The trail of what was done in one's units, for their officers."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import ShowTrail
from bot.screens.rows import menu_row, pager
from bot.services import audit
from storage.trail_reading import Told

routes: Routes[Turn] = Routes()

PAGE = 12


@routes.command("nhatky", "trail")
async def trail_command(turn: Turn) -> Screens:
    """The newest of it."""
    return await show_trail(turn, ShowTrail())


@routes.on(ShowTrail)
async def show_trail(turn: Turn, action: ShowTrail) -> Screens:
    """A page of it, the newest first."""
    say, page = turn.say, action.page
    found = await audit.read(turn.act, offset=page * PAGE, limit=PAGE)
    lines = [say("trail.title" if found.lines else "trail.none"), *(_line(turn, one) for one in found.lines)]
    rows = (*pager(say, page, ShowTrail, more=found.more), menu_row(say))
    return Screen(Markup("\n").join(lines), rows, in_place=True)


def _line(turn: Turn, one: Told) -> Markup:
    say, event = turn.say, one.event
    key = f"trail.did.{event.kind}"
    did = say(key) if say.has(key) else Markup("{}").format(event.kind)
    whom = [each for each in (one.person if one.person != one.actor else "", one.code, one.unit) if each]
    line = say("trail.line", at=say.moment(event.at), who=one.actor or say("trail.administrator"), did=did)
    if whom:
        line += Markup(" ({})").format(" · ".join(whom))
    if one.helper:
        line += say("trail.by_code_of", who=one.helper)
    return line
