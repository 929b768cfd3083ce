"""Decisions: approving at once, returning and rejecting with reasons, and undoing."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.review.about_card import open_about, words
from bot.handlers.review.queue import card_in_place, place_of
from bot.handlers.turn import Turn
from bot.screens.review.actions import Approve, GiveBack, Reject, ShowQueue, UndoDecision
from bot.screens.rows import menu_row
from bot.services.initiatives.lists import label_of
from bot.services.initiatives.programmes import ProgrammeRules
from bot.services.review import review
from storage.initiatives.cards import Card

routes: Routes[Turn] = Routes()

#: The fields that a return may point at.
_POINTED = (
    "name", "content", "field", "first_applied", "situation_before", "benefit", "authors", "files", "topics",
    "conditions",
)  # fmt: skip


@routes.on(Approve)
async def approve(turn: Turn, action: Approve) -> Screens:
    """Approve the revision that was shown."""
    card = await review.approve(turn.act, action.initiative, action.revision, place_of(turn))
    return card_in_place(turn, card, "review.approved")


@routes.on(UndoDecision)
async def undo(turn: Turn, action: UndoDecision) -> Screens:
    """Take one's own decision back."""
    card = await review.undo(turn.act, turn.services.programmes, action.initiative)
    return card_in_place(turn, card, "review.undone")


# ---------------------------------------------------------------- with reasons


def _reasons(kind: str) -> Callable[[Answers, FormContext], Sequence[Option]]:
    def options(_answers: Answers, context: FormContext) -> Sequence[Option]:
        rules: ProgrammeRules = context.facts["rules"]
        listed = rules.return_reasons if kind == "returned" else rules.reject_reasons
        return [Option(entry.code, label_of(context.say, kind, entry.code, listed)) for entry in listed]

    return options


def _pointed(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option(name, str(context.say(f"submit.{name}.label").striptags())) for name in _POINTED]


def _return_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field("reasons", Kind.MANY, options=_reasons("returned"), required=True),
        Field("fields", Kind.MANY, options=_pointed, width=2),
        Field("words", parse=words),
    )


def _reject_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field("reasons", Kind.MANY, options=_reasons("rejected"), required=True),
        Field("words", parse=words, required=True),
    )


RETURN = Form("return", _return_fields, summary=False)
REJECT = Form("reject", _reject_fields, summary=False)


def _rules(turn: Turn) -> dict[str, Any]:
    number = (turn.form.about.get("programme") if turn.form else None) or 0
    try:
        return {"rules": turn.services.programmes.by_id(number).rules}
    except KeyError:
        return {"rules": ProgrammeRules()}


@routes.on(GiveBack)
async def give_back(turn: Turn, action: GiveBack) -> Screens:
    """Ask for the reasons of a return; whoever begins to write them holds the card meanwhile."""
    book = turn.services.programmes
    card = await review.hold_to_decide(turn.act, book, action.initiative, action.revision)
    return await open_about(turn, RETURN, card, "review.return_intro")


@routes.on(Reject)
async def reject(turn: Turn, action: Reject) -> Screens:
    """Ask for the reasons of a rejection; whoever begins to write them holds the card meanwhile."""
    book = turn.services.programmes
    card = await review.hold_to_decide(turn.act, book, action.initiative, action.revision)
    return await open_about(turn, REJECT, card, "review.reject_intro")


async def _return_done(turn: Turn, state: FormState) -> Screens:
    card = await review.give_back(
        turn.act,
        state.about["initiative"],
        state.about["revision"],
        reasons=state.answers["reasons"],
        fields=state.answers.get("fields", ()),
        words=state.answers.get("words", ""),
    )
    turn.form = None
    return Screen(turn.say("review.returned", code=card.initiative.code), _after(turn, card))


async def _reject_done(turn: Turn, state: FormState) -> Screens:
    card = await review.reject(
        turn.act,
        state.about["initiative"],
        state.about["revision"],
        reasons=state.answers["reasons"],
        words=state.answers["words"],
    )
    turn.form = None
    return Screen(turn.say("review.rejected", code=card.initiative.code), _after(turn, card))


def _after(turn: Turn, card: Card) -> tuple[Row, ...]:
    one = card.initiative
    return (
        (
            Choice.of(turn.say("review.undo"), UndoDecision(one.id, one.revision)),
            Choice.of(turn.say("review.next"), ShowQueue()),
        ),
        menu_row(turn.say),
    )


routes.form(FormHandler(RETURN, _return_done, _rules))
routes.form(FormHandler(REJECT, _reject_done, _rules))
