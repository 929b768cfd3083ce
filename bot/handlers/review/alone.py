"""For officers: what one alone approved, to be looked over."""

from collections.abc import Mapping

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import OpenInitiative
from bot.screens.initiatives.cards import list_rows
from bot.screens.review.actions import LookedOver, ShowAlone
from bot.screens.rows import menu_row, pager
from bot.services.people.rights import Reach
from bot.services.review import alone

routes: Routes[Turn] = Routes()

PAGE = 8


async def waiting(turn: Turn, _reach: Reach) -> Mapping[str, object] | None:
    """Whether the menu has an entry for them."""
    number = await alone.number(turn.act)
    return {"n": number} if number else None


@routes.on(ShowAlone)
async def show_alone(turn: Turn, action: ShowAlone) -> Screens:
    """A page of them, each with a way to say that it is looked over."""
    say, page = turn.say, action.page
    found = await alone.listed(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows = []
    for row, line in zip(list_rows(found[:PAGE], turn.now, OpenInitiative), found, strict=False):
        rows += [row, (Choice.of(say("alone.looked_over", code=line.code), LookedOver(line.id)),)]
    rows += pager(say, page, ShowAlone, more=len(found) > PAGE)
    return Screen(say("alone.title" if found else "alone.none"), (*rows, menu_row(say)), in_place=True)


@routes.on(LookedOver)
async def looked_over(turn: Turn, action: LookedOver) -> Screens:
    """One is looked over."""
    await alone.looked_over(turn.act, action.initiative)
    return await show_alone(turn, ShowAlone())
