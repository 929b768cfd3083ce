"""Somebody bears the name of an author whom a colleague wrote down: they say whether it is they."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import DenyAuthorship, TakeAuthorship
from bot.screens.rows import menu_row
from bot.services import retelling
from bot.services.initiatives import authorship

routes: Routes[Turn] = Routes()


async def ask(turn: Turn) -> None:
    """Ask somebody who has just registered which of their unit's initiatives they are an author of."""
    await authorship.ask_about_authorships(turn.act)


@routes.on(TakeAuthorship)
async def take(turn: Turn, action: TakeAuthorship) -> Screens:
    """It is they."""
    initiative = await authorship.claim(turn.act, action.initiative)
    return Screen(
        turn.say("coauthor.thanks", code=initiative.code, name=initiative.name),
        (menu_row(turn.say),),
        in_place=True,
    )


@routes.on(DenyAuthorship)
async def deny(turn: Turn, action: DenyAuthorship) -> Screens:
    """It is somebody else of that name; nothing changes."""
    await retelling.seen(turn.act, action.initiative)
    return Screen(turn.say("coauthor.not_me"), (menu_row(turn.say),), in_place=True)
