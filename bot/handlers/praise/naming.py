"""Being named when people are thanked: asked plainly, answered by a press, changed at any time."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn, menu_row
from bot.services.people.people import ConsentEvidence
from bot.services.praise import thanks

routes: Routes[Turn] = Routes()


@routes.action("named")
async def ask(turn: Turn) -> Screens:
    """May I name you?"""
    say = turn.say
    return Screen(
        say("me.named_ask", holder=turn.world.holder.name),
        ((Choice(say("me.named_yes"), "named.yes"), Choice(say("me.named_no"), "named.no")),),
    )


@routes.action("named.yes")
async def yes(turn: Turn) -> Screens:
    """From now on."""
    return await _answered(turn, agreed=True)


@routes.action("named.no")
async def no(turn: Turn) -> Screens:
    """Not any more."""
    return await _answered(turn, agreed=False)


async def _answered(turn: Turn, *, agreed: bool) -> Screens:
    say, incoming = turn.say, turn.incoming
    asked = str(say("me.named_ask", holder=turn.world.holder.name))
    evidence = ConsentEvidence(asked, turn.who.language, incoming.channel, incoming.key)
    await thanks.agree(turn.act, evidence, agreed=agreed)
    return Screen(say("me.named_since" if agreed else "me.named_never"), (menu_row(say),))
