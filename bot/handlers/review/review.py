"""The support team's work: the queue, cards, decisions with their reasons, notes, questions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.paging import pager
from bot.handlers.turn import Turn
from bot.screens.initiatives import cards
from bot.screens.initiatives.actions import OpenInitiative
from bot.screens.review.actions import OpenCard
from bot.screens.rows import menu_row
from bot.services import retelling, telling
from bot.services.act import Act
from bot.services.initiatives import initiatives, told
from bot.services.initiatives.programmes import ProgrammeRules, label_of
from bot.services.refusal import Refusal
from bot.services.review import review
from storage.initiatives import cards as stored
from storage.initiatives.tables import InitiativeState
from storage.trail import Event

routes: Routes[Turn] = Routes()

PAGE = 8
_WORDS_LONGEST = 1_500

#: The fields that a return may point at.
_POINTED = (
    "name", "content", "field", "first_applied", "situation_before", "benefit", "authors", "files", "topics",
    "conditions",
)  # fmt: skip


# ---------------------------------------------------------------- the queue


@routes.command("hangcho", "queue", "duyet", listed="queue")
async def queue_command(turn: Turn) -> Screens:
    """What waits, the one due first first."""
    return await _queue(turn, 0)


@routes.action("queue")
async def queue_button(turn: Turn) -> Screens:
    """``queue`` or ``queue.<page>``."""
    return await _queue(turn, max(turn.int_arg(0), 0))


async def _queue(turn: Turn, page: int) -> Screen:
    await told.covered(turn.act, _seen_at(turn))
    lines, count = await review.queue(turn.act, offset=page * PAGE, limit=PAGE + 1)
    if not lines and page == 0:
        return Screen(turn.say("review.queue_empty"), (menu_row(turn.say),), in_place=True)
    rows = cards.list_rows(lines[:PAGE], turn.now, OpenCard)
    return Screen(
        turn.say("review.queue", n=review.counted(turn.say, count)),
        (*rows, *pager(turn, "queue", page, more=len(lines) > PAGE), menu_row(turn.say)),
        in_place=True,
    )


def _screen(turn: Turn, card: stored.Card, *, with_files: bool = False) -> Screen:
    # In a group everybody reads the same bubble: it names who holds a card, and offers nobody's own buttons.
    viewer = None if turn.incoming.is_group else turn.who.person_id
    return cards.team_card(turn.services, turn.say, card, turn.now, viewer, with_files=with_files)


@routes.action("rv.open")
async def open_card(turn: Turn) -> Screens:
    """A card with everything."""
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    if not as_team or await initiatives.is_hidden(turn.act, card):
        return await turn.perform(OpenInitiative(turn.int_arg(1)))
    await retelling.seen(turn.act, card.initiative.id)
    screen = _screen(turn, card, with_files=True)
    if not turn.incoming.message_ref or card.initiative.state is not InitiativeState.SUBMITTED:
        return screen
    # It takes the place of the list, so that it is known where it stands when somebody else decides it.
    await told.shown_card(turn.act, card.initiative.id, turn.incoming.channel, turn.to.chat, _seen_at(turn))
    return replace(screen, in_place=True)


@routes.action("rv.more")
async def more(turn: Turn) -> Screens:
    """The less frequent things."""
    card, _ = await initiatives.card_for(turn.act, turn.int_arg(1))
    number = card.initiative.id
    return Screen(
        Markup("<b>{}</b> {}").format(card.initiative.code, card.initiative.name),
        (
            (
                Choice(turn.say("review.note"), f"rv.note.{number}"),
                Choice(turn.say("mine.history"), f"mine.history.{number}"),
            ),
            (Choice(turn.say("review.show"), f"rv.open.{number}"), *menu_row(turn.say)),
        ),
    )


@routes.action("rv.claim")
async def claim(turn: Turn) -> Screens:
    """Mine for a while."""
    claimed = await review.claim(turn.act, turn.services.programmes, turn.int_arg(1))
    return _in_place(turn, _screen(turn, claimed.card), "review.claimed")


@routes.action("rv.release")
async def release(turn: Turn) -> Screens:
    """Not mine any more."""
    return _in_place(turn, _screen(turn, await review.release(turn.act, turn.int_arg(1))), "review.released")


@routes.action("rv.ok")
async def approve(turn: Turn) -> Screens:
    """Approved."""
    card = await review.approve(turn.act, turn.int_arg(1), turn.int_arg(2), _seen_at(turn))
    return _in_place(turn, _screen(turn, card), "review.approved")


@routes.action("rv.undo")
async def undo(turn: Turn) -> Screens:
    """It waits again."""
    card = await review.undo(turn.act, turn.services.programmes, turn.int_arg(1))
    return _in_place(turn, _screen(turn, card), "review.undone")


def _seen_at(turn: Turn) -> tuple[str, str] | None:
    """The message whose button was pressed shows the outcome by itself."""
    return (turn.incoming.channel, turn.incoming.message_ref) if turn.incoming.message_ref else None


def _in_place(turn: Turn, screen: Screen, toast: str) -> Screen:
    return Screen(
        screen.text,
        screen.rows,
        screen.pictures,
        screen.documents,
        in_place=True,
        toast=str(turn.say(toast).striptags()),
    )


# ---------------------------------------------------------------- reasons


def _words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw:
        raise Invalid("parse.text.empty")
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > _WORDS_LONGEST:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=_WORDS_LONGEST)
    return Parsed.plain(raw)


def _reasons(kind: str) -> Any:  # noqa: ANN401 - the options of a field
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
        Field("words", parse=_words),
    )


def _reject_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (
        Field("reasons", Kind.MANY, options=_reasons("rejected"), required=True),
        Field("words", parse=_words, required=True),
    )


def _one_text(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("words", parse=_words, required=True),)


RETURN = Form("return", _return_fields, summary=False)
REJECT = Form("reject", _reject_fields, summary=False)
NOTE = Form("note", _one_text, summary=False)
ASK = Form("ask", _one_text, summary=False)
ANSWER = Form("answer", _one_text, summary=False)


def _rules(turn: Turn) -> dict[str, Any]:
    number = (turn.form.about.get("programme") if turn.form else None) or 0
    try:
        return {"rules": turn.services.programmes.by_id(number).rules}
    except KeyError:
        return {"rules": ProgrammeRules()}


async def _begin(turn: Turn, form: Form, key: str) -> Screens:
    """Open a form about a card. From a group it goes on in the presser's private chat, where words stay with them."""
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    if not as_team:
        raise Refusal("refusal.forbidden")
    one = card.initiative
    if form in (RETURN, REJECT):
        # Whoever starts to write reasons holds the card meanwhile.
        await review.claim(turn.act, turn.services.programmes, one.id)
        if one.revision != turn.int_arg(2):
            raise Refusal("review.card_changed", code=one.code)
    if turn.incoming.is_group:
        await telling.tell_people(
            Act(turn.session, turn.now, None),
            [turn.who.person_id],
            told.CARD,
            f"private:{turn.incoming.key}",
            one.id,
        )
        word = turn.say("review.in_private")
        return Screen(Markup(), toast=str(word.striptags()))
    about = {
        "initiative": one.id,
        "revision": one.revision,
        "programme": one.programme_id,
        "seen": turn.incoming.message_ref,
    }
    screen = await turn.open_form(form, about=about)
    head = turn.say(key, code=one.code, name=one_line(one.name, 120))
    return Screen(head + Markup("\n\n") + screen.text, screen.rows)


@routes.action("rv.back")
async def give_back(turn: Turn) -> Screens:
    """Return it: why?"""
    return await _begin(turn, RETURN, "review.return_intro")


@routes.action("rv.no")
async def reject(turn: Turn) -> Screens:
    """Reject it: why?"""
    return await _begin(turn, REJECT, "review.reject_intro")


@routes.action("rv.note")
async def note(turn: Turn) -> Screens:
    """A note for the team."""
    return await _begin(turn, NOTE, "review.note_intro")


@routes.action("rv.ask")
async def ask(turn: Turn) -> Screens:
    """A question to the author."""
    return await _begin(turn, ASK, "review.ask_intro")


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


def _after(turn: Turn, card: stored.Card) -> tuple[Row, ...]:
    one = card.initiative
    return (
        (
            Choice(turn.say("review.undo"), f"rv.undo.{one.id}.{one.revision}"),
            Choice(turn.say("review.next"), "queue"),
        ),
        menu_row(turn.say),
    )


async def _note_done(turn: Turn, state: FormState) -> Screens:
    await review.note(turn.act, state.about["initiative"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.noted"), _card_row(turn, state.about["initiative"]))


async def _ask_done(turn: Turn, state: FormState) -> Screens:
    await review.ask(turn.act, state.about["initiative"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.asked"), _card_row(turn, state.about["initiative"]))


def _card_row(turn: Turn, number: int) -> tuple[Row, ...]:
    return ((Choice(turn.say("review.show"), f"rv.open.{number}"), *menu_row(turn.say)),)


@routes.action("answer")
async def answer(turn: Turn) -> Screens:
    """Answer the team's question."""
    event = await turn.session.get(Event, turn.int_arg(0))
    # A private note is an event as well: only a question may be read and answered.
    if event is None or event.kind != "asked" or event.initiative_id is None:
        raise Refusal("refusal.forbidden")
    await initiatives.own(turn.act, event.initiative_id)
    await retelling.seen(turn.act, event.initiative_id)
    screen = await turn.open_form(ANSWER, about={"event": event.id})
    return Screen(Markup("“{}”\n\n").format(event.details.get("words", "")) + screen.text, screen.rows)


async def _answer_done(turn: Turn, state: FormState) -> Screens:
    await review.answer(turn.act, state.about["event"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.answered"), (menu_row(turn.say),))


for _form, _done in (
    (RETURN, _return_done),
    (REJECT, _reject_done),
    (NOTE, _note_done),
    (ASK, _ask_done),
    (ANSWER, _answer_done),
):
    routes.form(FormHandler(_form, _done, _rules))
