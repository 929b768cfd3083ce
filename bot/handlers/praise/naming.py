"""Being named when people are thanked: asked plainly, answered by a press, changed at any time."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.praise.actions import AgreeToBeNamed, AskToBeNamed, RefuseToBeNamed
from bot.screens.rows import menu_row
from bot.services.people.consent import ConsentEvidence
from bot.services.praise import naming

routes: Routes[Turn] = Routes()


@routes.on(AskToBeNamed)
async def ask(turn: Turn, _action: AskToBeNamed) -> Screens:
    """Ask whether they may be named."""
    say = turn.say
    return Screen(
        say("me.named_ask", holder=turn.services.holder.name),
        (
            (
                Choice.of(say("me.named_yes"), AgreeToBeNamed()),
                Choice.of(say("me.named_no"), RefuseToBeNamed()),
            ),
        ),
    )


@routes.on(AgreeToBeNamed)
async def agree(turn: Turn, _action: AgreeToBeNamed) -> Screens:
    """Name them from now on."""
    return await _answered(turn, agreed=True)


@routes.on(RefuseToBeNamed)
async def refuse(turn: Turn, _action: RefuseToBeNamed) -> Screens:
    """Name them no more."""
    return await _answered(turn, agreed=False)


async def _answered(turn: Turn, *, agreed: bool) -> Screens:
    say, incoming = turn.say, turn.incoming
    asked = str(say("me.named_ask", holder=turn.services.holder.name))
    evidence = ConsentEvidence(asked, turn.who.language, incoming.channel, incoming.key)
    await naming.agree(turn.act, evidence, agreed=agreed)
    return Screen(say("me.named_since" if agreed else "me.named_never"), (menu_row(say),))
