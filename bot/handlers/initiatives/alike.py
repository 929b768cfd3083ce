"""Asking whether to send what resembles an earlier initiative."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import FormState
from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import LookAgain, Submit
from bot.services.initiatives import likeness
from bot.services.initiatives.likeness import Alike
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.submission import Submission

routes: Routes[Turn] = Routes()


async def ask(
    turn: Turn,
    state: FormState,
    unit_id: int,
    submission: Submission,
    programme: ProgrammeView,
    besides: int | None = None,
) -> Screen | None:
    """Show what resembles it; None when nothing does, or when the same has been asked about."""
    mark = likeness.mark_of(submission)
    if state.about.get("alike_shown") == mark:
        return None
    alike = await likeness.alike(
        turn.act, unit_id, submission, least=programme.rules.similar_from, besides=besides
    )
    if not alike:
        return None
    turn.form = state = replace(state, about={**state.about, "alike_shown": mark})
    return _question(turn, state, alike)


def _question(turn: Turn, state: FormState, alike: Sequence[Alike]) -> Screen:
    lines = [turn.say("submit.alike", n=len(alike))]
    lines += [
        Markup("• <b>{}</b> {} ({})").format(one.code, one.name, turn.say(f"state.{one.state.value}"))
        for one in alike
    ]
    lines.append(turn.say("submit.still_send"))
    return Screen(
        Markup("\n").join(lines),
        (
            (Choice(turn.say("submit.send_anyway"), forms.action(state, forms.Verb.SEND)),),
            (Choice.of(turn.say("submit.look_again"), LookAgain()),),
        ),
    )


@routes.on(LookAgain)
async def look_again(turn: Turn, _action: LookAgain) -> Screens:
    """Back to the summary, to change something."""
    if turn.form is None:
        return await turn.perform(Submit())
    return turn.show_form()
