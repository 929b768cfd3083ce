"""Mending an initiative that was returned."""

from dataclasses import replace
from typing import Any

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import FormState
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.initiatives import alike, drafts
from bot.handlers.initiatives.form import MEND, about, facts
from bot.handlers.turn import Turn
from bot.screens.initiatives import cards
from bot.screens.initiatives.actions import Mend, OpenInitiative
from bot.screens.rows import menu_row
from bot.services import drafts as kept_drafts
from bot.services import retelling
from bot.services.initiatives import mending
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.on_behalf import actor_as_author
from bot.services.initiatives.reading import own
from bot.services.initiatives.submission import Submission
from storage.initiatives.cards import Card

routes: Routes[Turn] = Routes()


@routes.on(Mend)
async def mend(turn: Turn, action: Mend) -> Screens:
    """Open a returned initiative with its answers, at the summary; the fields that were pointed at are named."""
    number = action.initiative
    if turn.form is not None and turn.form.form == MEND.name and turn.form.about.get("initiative") == number:
        return turn.show_form()
    card = await mending.to_mend(turn.act, number)
    await retelling.seen(turn.act, number)
    known = await _about(turn, card)
    await turn.put_aside()
    kept = await kept_drafts.kept(turn.act, MEND.draft_name(known))
    if kept is not None:
        return await turn.take_up(MEND, FormState.from_json(kept[0]))
    turn.form = FormState(form=MEND.name, tag="", step="", about=known)
    context = turn.form_context(turn.form_handler(MEND.name))
    answers = Submission.of_card(card).answers(turn.who.person_id)
    # The author answered everything the first time: the form opens at its summary.
    turn.move_to(forms.begin_at_summary(MEND, context, answers, known))
    screen = turn.show_form()
    programme = turn.services.programmes.by_id(card.initiative.programme_id)
    why = cards.reason_words(turn.say, programme, card)
    intro = turn.say("submit.mend_intro") + Markup("\n") + why
    return replace(screen, text=intro + Markup("\n\n") + screen.text)


async def _about(turn: Turn, card: Card) -> dict[str, Any]:
    mine = next((author for author in card.authors if author.person_id == turn.who.person_id), None)
    main = mine or card.authors[0]
    known = {
        **about(await actor_as_author(turn.act)),
        # Nothing counts as known: what was answered then is changed here or stays.
        "profile": [],
        "initiative": card.initiative.id,
        "programme": card.initiative.programme_id,
        "main": {"id": main.person_id, "name": main.name},
    }
    if mine is None:
        known["not_mine"] = True  # who entered it for somebody else is no author of it by mending it
    return known


async def _done(turn: Turn, state: FormState) -> Screens:
    main = MainAuthor(state.about["main"]["name"], state.about["main"]["id"])
    submission = Submission.of_answers(state.answers, main)
    card = await own(turn.act, state.about["initiative"])
    number = card.initiative.id
    programme = turn.services.programmes.by_id(card.initiative.programme_id)
    question = await alike.ask(turn, state, card.unit.id, submission, programme, besides=number)
    if question is not None:
        return question
    initiative = await mending.mend(turn.act, number, programme, submission)
    turn.form = None
    await kept_drafts.drop(turn.act, MEND.draft_name(state.about))
    return Screen(
        turn.say("submit.mended", code=initiative.code),
        ((Choice.of(turn.say("submit.see"), OpenInitiative(initiative.id)),), menu_row(turn.say)),
    )


async def _left(turn: Turn, state: FormState) -> Screens:
    back = Mend(state.about.get("initiative", 0))
    return await drafts.left_with(turn, state, Choice.of(turn.say("submit.resume"), back))


routes.form(FormHandler(MEND, _done, facts, _left))
