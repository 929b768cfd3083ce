"""Words about a card: the team's private notes, its questions, and the author's answers."""

from collections.abc import Sequence

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.review.about_card import open_about, words
from bot.handlers.turn import Turn
from bot.screens.quoting import quoted
from bot.screens.review.actions import AnswerQuestion, AskAuthor, OpenCard, WriteNote
from bot.screens.rows import menu_row
from bot.services import retelling
from bot.services.review import talking
from bot.services.review.access import card_to_work_on

routes: Routes[Turn] = Routes()


def _one_text(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("words", parse=words, required=True),)


NOTE = Form("note", _one_text, summary=False)
ASK = Form("ask", _one_text, summary=False)
ANSWER = Form("answer", _one_text, summary=False)


@routes.on(WriteNote)
async def note(turn: Turn, action: WriteNote) -> Screens:
    """Ask for the words of a note that only the team sees."""
    card = await card_to_work_on(turn.act, action.initiative)
    return await open_about(turn, NOTE, card, "review.note_intro")


@routes.on(AskAuthor)
async def ask(turn: Turn, action: AskAuthor) -> Screens:
    """Ask for the words of a question to the author."""
    card = await card_to_work_on(turn.act, action.initiative)
    return await open_about(turn, ASK, card, "review.ask_intro")


@routes.on(AnswerQuestion)
async def answer(turn: Turn, action: AnswerQuestion) -> Screens:
    """Ask the author for an answer to the team's question."""
    asked, card, said = await talking.question(turn.act, action.event)
    await retelling.seen(turn.act, card.initiative.id)
    screen = await turn.open_form(ANSWER, about={"event": asked.id})
    return Screen(Markup("“{}”\n\n").format(quoted(said)) + screen.text, screen.rows)


async def _note_done(turn: Turn, state: FormState) -> Screens:
    await talking.note(turn.act, state.about["initiative"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.noted"), _card_row(turn, state.about["initiative"]))


async def _ask_done(turn: Turn, state: FormState) -> Screens:
    await talking.ask(turn.act, state.about["initiative"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.asked"), _card_row(turn, state.about["initiative"]))


async def _answer_done(turn: Turn, state: FormState) -> Screens:
    await talking.answer(turn.act, state.about["event"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.answered"), (menu_row(turn.say),))


def _card_row(turn: Turn, initiative_id: int) -> tuple[Row, ...]:
    return ((Choice.of(turn.say("review.show"), OpenCard(initiative_id)), *menu_row(turn.say)),)


routes.form(FormHandler(NOTE, _note_done))
routes.form(FormHandler(ASK, _ask_done))
routes.form(FormHandler(ANSWER, _answer_done))
