"""Broadcasts: an officer or a support team writes to many people, looks it over, sends it, and sees how far it is."""

from datetime import datetime

from bot.conversation.forms import FormState, Parsed
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.mailings.form import BROADCAST, NOW, answers_of, audience_of, facts
from bot.handlers.turn import Turn
from bot.handlers.units import choosing as choose_unit
from bot.screens.mailings import words
from bot.screens.mailings.actions import (
    AgreeToSend,
    AskToStop,
    DiscardBroadcast,
    EditBroadcast,
    OpenBroadcast,
    PauseSending,
    RefuseToSend,
    ResumeSending,
    SendBroadcast,
    SendToFailed,
    ShowBroadcasts,
    StopSending,
    TryBroadcast,
    WriteBroadcast,
)
from bot.screens.mailings.preview import preview
from bot.screens.mailings.status import status
from bot.screens.rows import menu_row, pager
from bot.services.mailings import agreeing, drafting, seeing, steering
from bot.services.mailings.audience import may_write
from bot.services.mailings.drafting import SameAgain
from storage.mailings.tables import MailingState

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("guitin", "broadcast")
async def begin(turn: Turn) -> Screens:
    """What was written lately; where there is nothing, a new one."""
    if await seeing.lately(turn.act, offset=0, limit=1):
        return await show_broadcasts(turn, ShowBroadcasts())
    return await write(turn, WriteBroadcast())


@routes.on(ShowBroadcasts)
async def show_broadcasts(turn: Turn, action: ShowBroadcasts) -> Screens:
    """A page of what was written lately."""
    page = action.page
    found = await seeing.lately(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows: list[Row] = [(Choice.of(turn.say("broadcast.new"), WriteBroadcast()),)]
    rows += [
        (Choice.of(one_line(words.line(turn.say, one), 60), OpenBroadcast(one.id)),) for one in found[:PAGE]
    ]
    rows += pager(turn.say, page, ShowBroadcasts, more=len(found) > PAGE)
    return Screen(turn.say("broadcast.list"), (*rows, menu_row(turn.say)), in_place=True)


@routes.on(OpenBroadcast)
async def open_broadcast(turn: Turn, action: OpenBroadcast) -> Screens:
    """How far it is, and what can be done; a draft is looked over."""
    mailing = await seeing.get(turn.act, action.mailing)
    if mailing.state is MailingState.DRAFT:
        return await preview(turn, mailing)
    return await status(turn, mailing)


# ---------------------------------------------------------------- writing one


@routes.on(WriteBroadcast)
async def write(turn: Turn, _action: WriteBroadcast) -> Screens:
    """Begin the form."""
    return await turn.open_form(BROADCAST, about=choose_unit.about(await may_write(turn.act)))


async def _find_unit(turn: Turn, _state: FormState, raw: str) -> Parsed:
    return await choose_unit.find(turn, BROADCAST.name, raw, await may_write(turn.act))


async def _done(turn: Turn, state: FormState) -> Screens:
    answers = state.answers
    phase = turn.programme.phase_on(turn.today) if turn.programme else None
    audience = audience_of(answers, phase.id if phase else None)
    at = None if answers["when"] == NOW else datetime.fromisoformat(answers["when"])
    details = {"words": answers["words"], "files": answers.get("files", [])}
    mailing = await drafting.draft(turn.act, audience, details, at)
    turn.form = None
    return await preview(turn, mailing)


@routes.on(EditBroadcast)
async def edit(turn: Turn, action: EditBroadcast) -> Screens:
    """Back into the form, with all that was written."""
    mailing, unit = await drafting.reopen(turn.act, action.mailing)
    about = choose_unit.about(await may_write(turn.act))
    return await turn.open_form(BROADCAST, answers_of(mailing, unit), about=about)


@routes.on(DiscardBroadcast)
async def discard(turn: Turn, action: DiscardBroadcast) -> Screens:
    """Throw a draft away."""
    await drafting.discard(turn.act, action.mailing)
    return Screen(turn.say("broadcast.discarded"), (menu_row(turn.say),))


@routes.on(TryBroadcast)
async def try_out(turn: Turn, action: TryBroadcast) -> Screens:
    """Send it to oneself."""
    await drafting.test(turn.act, action.mailing)
    return Screen(turn.say("broadcast.tested"))


@routes.on(SendBroadcast)
async def send(turn: Turn, action: SendBroadcast) -> Screens:
    """Confirm it; one that was just sent is asked about once more."""
    number = action.mailing
    try:
        done = await drafting.confirm(
            turn.act, number, again=action.again, large_from=turn.services.large_from
        )
    except SameAgain as problem:
        return Screen(
            turn.say(problem.key, **problem.args_for_text),
            (
                (
                    Choice.of(turn.say("broadcast.send_anyway"), SendBroadcast(number, again=True)),
                    Choice.of(turn.say("broadcast.discard"), DiscardBroadcast(number)),
                ),
            ),
        )
    if done.mailing.state is MailingState.UNAGREED:
        return Screen(turn.say("broadcast.asked_second", n=done.reached.total), (menu_row(turn.say),))
    key = "broadcast.planned" if done.mailing.details["at"] else "broadcast.begun"
    return Screen(
        turn.say(key, n=done.reached.total, at=turn.say.moment(done.mailing.due_at)), (menu_row(turn.say),)
    )


@routes.on(AgreeToSend)
async def agree(turn: Turn, action: AgreeToSend) -> Screens:
    """A second officer's yes."""
    return await status(turn, await agreeing.agree(turn.act, action.mailing))


@routes.on(RefuseToSend)
async def disagree(turn: Turn, action: RefuseToSend) -> Screens:
    """A second officer's no."""
    return await status(turn, await agreeing.disagree(turn.act, action.mailing))


# ---------------------------------------------------------------- while it goes, and afterwards


@routes.on(PauseSending)
async def pause(turn: Turn, action: PauseSending) -> Screens:
    """Stop for now."""
    return await status(turn, await steering.pause(turn.act, action.mailing))


@routes.on(ResumeSending)
async def resume(turn: Turn, action: ResumeSending) -> Screens:
    """Go on."""
    return await status(turn, await steering.resume(turn.act, action.mailing))


@routes.on(AskToStop)
async def ask_to_stop(turn: Turn, action: AskToStop) -> Screens:
    """Ask for confirmation before stopping it for good."""
    mailing = await seeing.get(turn.act, action.mailing)
    return Screen(
        turn.say("broadcast.cancel_sure", n=mailing.left),
        (
            (
                Choice.of(turn.say("broadcast.cancel_yes"), StopSending(mailing.id)),
                Choice.of(turn.say("broadcast.cancel_no"), OpenBroadcast(mailing.id)),
            ),
        ),
    )


@routes.on(StopSending)
async def stop(turn: Turn, action: StopSending) -> Screens:
    """Stop it for good: what has not left stays."""
    return await status(turn, await steering.cancel(turn.act, action.mailing))


@routes.on(SendToFailed)
async def send_to_failed(turn: Turn, action: SendToFailed) -> Screens:
    """Send it once more to those whom it did not reach."""
    return await status(turn, await steering.try_again(turn.act, action.mailing))


routes.form(FormHandler(BROADCAST, _done, facts, lookups={"unit": _find_unit}))
