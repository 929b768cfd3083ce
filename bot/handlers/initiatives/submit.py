"""Submitting an initiative, for oneself or for somebody else."""

from bot.conversation.forms import FormState, Parsed
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import person_name
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.initiatives import alike, drafts
from bot.handlers.initiatives.form import SUBMIT, facts
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import OpenInitiative, Submit, SubmitForOther
from bot.screens.rows import menu_row
from bot.services import drafts as kept_drafts
from bot.services.initiatives import on_behalf, submitting
from bot.services.initiatives.authors import detail_answers, named
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.filing_rules import check
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.services.people import profile
from bot.services.refusal import Refusal

routes: Routes[Turn] = Routes()


def _programme(turn: Turn) -> ProgrammeView:
    programme = turn.programme
    if programme is None:
        raise Refusal("rules.no_programme")
    return programme


@routes.command("sangkien", "submit", "guisangkien", "gui", "new", listed="submit")
async def submit_command(turn: Turn) -> Screens:
    """Begin, or ask whether to go on with what was begun."""
    _programme(turn)
    return await drafts.begin(turn, for_other=False)


@routes.on(Submit)
async def begin_one(turn: Turn, _action: Submit) -> Screens:
    """From the menu."""
    return await submit_command(turn)


@routes.command("nhapho", "onbehalf")
async def on_behalf_command(turn: Turn) -> Screens:
    """The support team enters for somebody who cannot."""
    await on_behalf.unit_for(turn.act, turn.who.unit_path)
    _programme(turn)
    return await drafts.begin(turn, for_other=True)


@routes.on(SubmitForOther)
async def begin_for_other(turn: Turn, _action: SubmitForOther) -> Screens:
    """From the menu."""
    return await on_behalf_command(turn)


async def _done(turn: Turn, state: FormState) -> Screens:
    for_other = bool(state.about.get("on_behalf"))
    programme = _programme(turn)
    if for_other:
        unit_id = await on_behalf.unit_for(turn.act, turn.who.unit_path)
        main = await on_behalf.author_of_name(turn.act, unit_id, state.answers["author_name"])
    else:
        unit_id = turn.who.unit_id or 0
        main = await on_behalf.actor_as_author(turn.act)
    submission = Submission.of_answers(state.answers, main)
    check(submission, programme, turn.today)
    question = await alike.ask(turn, state, unit_id, submission, programme)
    if question is not None:
        return question
    initiative = await submitting.submit(
        turn.act, unit_id, programme, submission, most_a_day=turn.services.initiatives_a_day
    )
    if not for_other:
        await _keep_profile(turn, state, main)
    turn.form = None
    await kept_drafts.drop(turn.act, SUBMIT.draft_name(state.about))
    text = turn.say(
        "submit.done_for" if for_other else "submit.done",
        code=initiative.code,
        n=programme.rules.check_within_days,
        who=submission.authors[0].name,
    )
    return Screen(
        text,
        (
            (
                Choice.of(turn.say("submit.see"), OpenInitiative(initiative.id)),
                Choice.of(turn.say("submit.another"), SubmitForOther() if for_other else Submit()),
            ),
            menu_row(turn.say),
        ),
    )


async def _keep_profile(turn: Turn, state: FormState, main: MainAuthor) -> None:
    """What people told of themselves need not be asked the next time."""
    me = next((one for one in named(state.answers, main.name) if one.is_me), None)
    if me is not None:
        await profile.keep(turn.act, detail_answers(state.answers, me))


async def _for_whom(turn: Turn, _state: FormState, raw: str) -> Parsed:
    """A name without its marks may be of several people: which of them is asked, with their names in full."""
    typed = person_name(raw)
    unit_id = await on_behalf.unit_for(turn.act, turn.who.unit_path)
    alike = await on_behalf.names_like(turn.act, unit_id, typed)
    if not alike:
        return Parsed.plain(typed)
    names = (*alike, typed)
    labels = (*alike, str(turn.say("submit.author_name.as_typed", name=typed)))
    return Parsed(names, labels, confirm=True)


routes.form(FormHandler(SUBMIT, _done, facts, drafts.left, lookups={"author_name": _for_whom}))
