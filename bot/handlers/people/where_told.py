"""Where somebody wants to be told things: on one of the channels they use, or where they wrote last."""

from typing import TYPE_CHECKING

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import AskWhereTold, ShowDeviceCode, TellOn, TellWhereLast
from bot.screens.rows import menu_row
from bot.services.people import profile
from bot.texts import Say

if TYPE_CHECKING:
    from bot.conversation.actions import Action

routes: Routes[Turn] = Routes()


def where(say: Say, channel: str | None) -> str:
    """A choice in words."""
    return str(say(f"channel.{channel}") if channel else say("told.last_used"))


@routes.command("nhantin", "notify")
async def command(turn: Turn) -> Screens:
    """Ask where they want to be told things."""
    say = turn.say
    if turn.incoming.is_group:
        return ()
    channels = await profile.channels(turn.act)
    chosen = (await turn.person()).notify_channel
    if len(channels) < 2 and chosen is None:
        return Screen(
            say("told.ask_one", where=where(say, channels[0])),
            ((Choice.of(say("me.device"), ShowDeviceCode()),), menu_row(say)),
        )
    choices: list[tuple[Action, str | None]] = [(TellOn(one), one) for one in sorted(channels)]
    rows = [
        (Choice.of(("✓ " if one == chosen else "") + where(say, one), action),)
        for action, one in (*choices, (TellWhereLast(), None))
    ]
    return Screen(say("told.ask"), (*rows, menu_row(say)))


@routes.on(AskWhereTold)
async def ask(turn: Turn, _action: AskWhereTold) -> Screens:
    """From one's own data."""
    return await command(turn)


@routes.on(TellOn)
async def choose_channel(turn: Turn, action: TellOn) -> Screens:
    """On this channel from now on."""
    await profile.tell_on(turn.act, action.channel)
    return Screen(turn.say("told.chosen", where=where(turn.say, action.channel)), (menu_row(turn.say),))


@routes.on(TellWhereLast)
async def choose_last(turn: Turn, _action: TellWhereLast) -> Screens:
    """Wherever they are."""
    await profile.tell_on(turn.act, None)
    return Screen(turn.say("told.chosen_last"), (menu_row(turn.say),))
