"""Drafts of a submission: offered when one begins, taken up on any device, dropped, and kept when one leaves."""

from typing import Any

from bot.conversation.forms import FormState
from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.initiatives.form import SUBMIT, about
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import RestartDraft, ResumeDraft, Submit, SubmitForOther
from bot.screens.rows import menu_row
from bot.services import drafts
from bot.services.initiatives.on_behalf import actor_as_author

routes: Routes[Turn] = Routes()


async def begin(turn: Turn, *, for_other: bool) -> Screens:
    """Open the form for oneself or for somebody else; a draft of the same kind is offered first."""
    await turn.put_aside()
    kept = await drafts.kept(turn.act, _name(for_other=for_other))
    if kept is None:
        return await _open(turn, for_other=for_other)
    draft, at = kept
    title = draft.get("answers", {}).get("name", "")
    text = turn.say("submit.draft_found", name=title) if title else turn.say("submit.draft_found_unnamed")
    return Screen(
        text,
        (
            (
                Choice.of(turn.say("submit.resume"), ResumeDraft(for_other=for_other)),
                Choice.of(turn.say("submit.restart"), RestartDraft(at, for_other=for_other)),
            ),
            menu_row(turn.say),
        ),
    )


def _about(*, for_other: bool) -> dict[str, Any]:
    return {"on_behalf": True} if for_other else {}


def _name(*, for_other: bool) -> str:
    return SUBMIT.draft_name(_about(for_other=for_other))


async def _open(turn: Turn, *, for_other: bool) -> Screen:
    known = _about(for_other=True) if for_other else about(await actor_as_author(turn.act))
    return await turn.open_form(SUBMIT, about=known)


async def _begin_again(turn: Turn, *, for_other: bool) -> Screens:
    return await turn.perform(SubmitForOther() if for_other else Submit())


@routes.on(ResumeDraft)
async def resume(turn: Turn, action: ResumeDraft) -> Screens:
    """Go on where it was left, on whichever device."""
    name = _name(for_other=action.for_other)
    if turn.form is not None and turn.form.form == SUBMIT.name and SUBMIT.draft_name(turn.form.about) == name:
        return turn.show_form()
    kept = await drafts.kept(turn.act, name)
    if kept is None:
        return await _begin_again(turn, for_other=action.for_other)
    return await turn.take_up(SUBMIT, FormState.from_json(kept[0]))


@routes.on(RestartDraft)
async def restart(turn: Turn, action: RestartDraft) -> Screens:
    """Begin anew; what was written is dropped. A button that is older than the draft asks again."""
    name = _name(for_other=action.for_other)
    kept = await drafts.kept(turn.act, name)
    if kept is None or int(kept[1].timestamp()) != int(action.kept_at.timestamp()):
        if turn.form is not None:
            return turn.show_form()
        return await _begin_again(turn, for_other=action.for_other)
    await turn.put_aside()
    await drafts.drop(turn.act, name)
    return await _open(turn, for_other=action.for_other)


async def left(turn: Turn, state: FormState) -> Screens:
    """Out of the form of a submission; what was written stays as a draft."""
    back = ResumeDraft(for_other=bool(state.about.get("on_behalf")))
    return await left_with(turn, state, Choice.of(turn.say("submit.resume"), back))


async def left_with(turn: Turn, state: FormState, back: Choice) -> Screens:
    """Out of a form that is kept as a draft, with the way ``back`` where something was written."""
    await turn.put_aside()
    key = "submit.left_kept" if state.answers else "submit.left"
    return Screen(turn.say(key), (*(((back,),) if state.answers else ()), menu_row(turn.say)))
