"""Where somebody wants to be told things: on one of the channels they use, or where they wrote last."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.people import people
from bot.texts import Say

routes: Routes[Turn] = Routes()

#: The choice of none in particular.
_LAST = "last"
_ON = "on"


def where(say: Say, channel: str | None) -> str:
    """A choice in words."""
    return str(say(f"channel.{channel}") if channel else say("told.last_used"))


@routes.command("nhantin", "notify")
async def command(turn: Turn) -> Screens:
    """Where to?"""
    say = turn.say
    if turn.incoming.is_group:
        return ()
    channels = await people.channels(turn.act)
    chosen = (await turn.person()).notify_channel
    if len(channels) < 2 and chosen is None:
        return Screen(
            say("told.ask_one", where=where(say, channels[0])),
            ((Choice(say("me.device"), "device"),), menu_row(say)),
        )
    choices = [(f"told.{_ON}.{one}", one) for one in sorted(channels)]
    rows = [
        (Choice(("✓ " if one == chosen else "") + where(say, one), action),)
        for action, one in (*choices, (f"told.{_LAST}", None))
    ]
    return Screen(say("told.ask"), (*rows, menu_row(say)))


@routes.action("told")
async def button(turn: Turn) -> Screens:
    """From one's own data."""
    return await command(turn)


@routes.action(f"told.{_ON}")
async def chosen_channel(turn: Turn) -> Screens:
    """``told.on.<channel>``: there."""
    channel = turn.args[-1]
    await people.tell_on(turn.act, channel)
    return Screen(turn.say("told.chosen", where=where(turn.say, channel)), (menu_row(turn.say),))


@routes.action(f"told.{_LAST}")
async def chosen_last(turn: Turn) -> Screens:
    """Wherever they are."""
    await people.tell_on(turn.act, None)
    return Screen(turn.say("told.chosen_last"), (menu_row(turn.say),))
