"""What one can do here, for one's roles; each feature brings its part."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.screens.help.actions import ShowHelp
from bot.screens.rows import menu_row
from bot.services.people.rights import reach

routes: Routes[Turn] = Routes()


@routes.command("trogiup", "help", "huongdan", guests=True, listed="help")
async def help_command(turn: Turn) -> Screens:
    """The parts that concern who asks."""
    say = turn.say
    if turn.incoming.is_group:
        return Screen(say("team.group_hello"))
    if not turn.who.registered:
        return Screen(say("help.everyone"))
    held = await reach(turn.act)
    parts = [say(part.key) for part in turn.features.help if part.power is None or held.has(part.power)]
    return Screen(say("help.between").join(parts), (menu_row(say),))


@routes.on(ShowHelp, guests=True)
async def show_help(turn: Turn, _action: ShowHelp) -> Screens:
    """From the menu."""
    return await help_command(turn)
