"""The support team's check."""

from collections.abc import Mapping

from bot.handlers.feature import Feature, HelpPart, MenuEntry, MenuRow
from bot.handlers.review import review
from bot.handlers.turn import Turn
from bot.screens.review.actions import ShowQueue
from bot.screens.review.notices import NOTICES
from bot.services.people.rights import Reach
from bot.services.people.roles import Power
from bot.services.review import review as checking


async def _waiting(turn: Turn, _reach: Reach) -> Mapping[str, object]:
    _, waiting = await checking.queue(turn.act, offset=0, limit=0)
    return {"n": checking.counted(turn.say, waiting)}


FEATURE = Feature(
    "review",
    routes=review.routes,
    menu=(MenuEntry("menu.queue", MenuRow.CHECK, lambda _reach: ShowQueue(), Power.CHECK, _waiting),),
    help=(HelpPart("help.support", Power.CHECK),),
    notices=NOTICES,
)
