"""The support team's check."""

from collections.abc import Mapping

from bot.handlers.feature import Feature, HelpPart, MenuEntry, MenuRow, routes_of
from bot.handlers.review import alone, deciding, queue, talking
from bot.handlers.turn import Turn
from bot.screens.review.actions import ShowAlone, ShowQueue
from bot.screens.review.notices import NOTICES
from bot.services.people.rights import Reach
from bot.services.people.roles import Power
from bot.services.review import queue as waiting


async def _waiting(turn: Turn, _reach: Reach) -> Mapping[str, object]:
    _, count = await waiting.queue(turn.act, offset=0, limit=0)
    return {"n": waiting.counted(turn.say, count)}


FEATURE = Feature(
    "review",
    routes=routes_of(queue.routes, deciding.routes, talking.routes, alone.routes),
    menu=(
        MenuEntry("menu.queue", MenuRow.CHECK, lambda _reach: ShowQueue(), Power.CHECK, _waiting),
        MenuEntry("menu.alone", MenuRow.CHECK, lambda _reach: ShowAlone(), Power.READ, alone.waiting),
    ),
    help=(HelpPart("help.support", Power.CHECK),),
    notices=NOTICES,
)
