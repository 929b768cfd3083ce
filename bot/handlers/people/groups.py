"""Group chats of support teams: bound by a code that is typed there, and unbound."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import ShowGroupCode
from bot.screens.rows import menu_row
from bot.services.people import groups, passes, tries
from storage.people.tables import PassKind

routes: Routes[Turn] = Routes()


def group_channels(turn: Turn) -> str:
    """The channels on which a team's group can be bound, in words; empty when there are none."""
    names = [name for name, limits in turn.services.channels.items() if limits.groups]
    return ", ".join(str(turn.say(f"channel.{name}")) for name in names)


@routes.on(ShowGroupCode)
async def show_code(turn: Turn, action: ShowGroupCode) -> Screens:
    """A code to type in the group that shall get the cards."""
    code, until = await passes.for_group(turn.act, action.unit)
    return Screen(turn.say("team.bind", code=code, until=turn.say.moment(until)), (menu_row(turn.say),))


@routes.command("lienket", "bind")
async def bind(turn: Turn) -> Screens:
    """``/lienket CODE`` in a group."""
    if not turn.incoming.is_group:
        return Screen(turn.say("team.bind_in_group"), (menu_row(turn.say),))
    opened = await tries.look(turn.act, turn.who.account_id, turn.words, PassKind.GROUP)
    if opened is None:
        # A refusal would roll back that the wrong code was counted.
        return Screen(turn.say("passes.unknown"))
    unit = await groups.bind(turn.act, opened, turn.incoming.channel, turn.incoming.chat)
    return Screen(turn.say("team.bound", unit=unit.name))


@routes.command("huylienket", "unbind")
async def unbind(turn: Turn) -> Screens:
    """``/huylienket``: send no more cards to this group."""
    if not turn.incoming.is_group:
        return Screen(turn.say("team.bind_in_group"), (menu_row(turn.say),))
    was_bound = await groups.unbind(turn.act, turn.incoming.channel, turn.incoming.chat)
    return Screen(turn.say("team.unbound" if was_bound else "team.not_bound"))
