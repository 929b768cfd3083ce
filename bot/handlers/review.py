"""The support team's work: the queue, cards, decisions with their reasons, notes, questions, recognition."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.conversation.dates import parse_date
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Kind, Option, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold, has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers import cards
from bot.handlers.mine import pager
from bot.handlers.turn import Turn, menu_row
from bot.services import initiatives, notices, passes, people, review
from bot.services.act import Act
from bot.services.programmes import ProgrammeRules, label_of
from bot.services.refusal import Refusal
from storage import initiatives as stored
from storage.models import Event, InitiativeState, Person, Role

routes: Routes[Turn] = Routes()

PAGE = 8
_WORDS_LONGEST = 1_500

#: The fields that a return may point at.
_POINTED = (
    "name", "content", "field", "first_applied", "situation_before", "benefit", "authors", "files", "topics",
    "conditions",
)  # fmt: skip


# ---------------------------------------------------------------- the queue


@routes.command("hangcho", "queue", "duyet")
async def queue_command(turn: Turn) -> Screens:
    """What waits, the one due first first."""
    return await _queue(turn, 0)


@routes.action("queue")
async def queue_button(turn: Turn) -> Screens:
    """``queue`` or ``queue.<page>``."""
    return await _queue(turn, max(turn.int_arg(0), 0))


async def _queue(turn: Turn, page: int) -> Screen:
    lines, count = await review.queue(turn.act, offset=page * PAGE, limit=PAGE + 1)
    if not lines and page == 0:
        return Screen(turn.say("review.queue_empty"), (menu_row(turn.say),), in_place=True)
    rows = cards.list_rows(turn, lines[:PAGE], "rv.open")
    return Screen(
        turn.say("review.queue", n=review.counted(turn.say, count)),
        (*rows, *pager(turn, "queue", page, more=len(lines) > PAGE), menu_row(turn.say)),
        in_place=True,
    )


def _screen(turn: Turn, card: stored.Card, *, with_files: bool = False) -> Screen:
    return cards.team_card(turn.world, turn.say, card, turn.now, turn.who.person_id, with_files=with_files)


@routes.action("rv.open")
async def open_card(turn: Turn) -> Screens:
    """A card with everything."""
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    if not as_team or await initiatives.is_hidden(turn.act, card):
        return await turn.routes.actions["mine.open"].call(turn)
    return _screen(turn, card, with_files=True)


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
    claimed = await review.claim(turn.act, turn.world.programmes, turn.int_arg(1))
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
    card = await review.undo(turn.act, turn.world.programmes, turn.int_arg(1))
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
        return {"rules": turn.world.programmes.by_id(number).rules}
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
        await review.claim(turn.act, turn.world.programmes, one.id)
        if one.revision != turn.int_arg(2):
            raise Refusal("review.card_changed", code=one.code)
    if turn.incoming.is_group:
        await notices.tell_people(
            Act(turn.session, turn.now, None),
            [turn.who.person_id],
            notices.CARD,
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
    screen = await turn.open_form(ANSWER, about={"event": event.id})
    return Screen(Markup("“{}”\n\n").format(event.details.get("words", "")) + screen.text, screen.rows)


async def _answer_done(turn: Turn, state: FormState) -> Screens:
    await review.answer(turn.act, state.about["event"], state.answers["words"])
    turn.form = None
    return Screen(turn.say("review.answered"), (menu_row(turn.say),))


# ---------------------------------------------------------------- recognition and recording, one or many


def _number(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw or len(raw) > 80 or not any(char.isalnum() for char in raw):
        raise Invalid("review.bad_number")
    return Parsed.plain(raw)


def _decided_on(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    found = parse_date(raw, context.today)
    if found.precision != "day":
        raise Invalid("parse.date.need_day")
    return Parsed.plain(found.value.isoformat())


def _today(_answers: Answers, context: FormContext) -> Sequence[Option]:
    return [Option("hom nay", str(context.say("submit.first_applied.today")))]


def _recognise_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    chosen = (
        (Field("chosen", Kind.MANY, options=_chosen_options, required=True),) if context.facts["many"] else ()
    )
    return (
        *chosen,
        Field("number", parse=_number, required=True),
        Field("day", parse=_decided_on, options=_today, required=True),
    )


def _record_fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    chosen = (
        (Field("chosen", Kind.MANY, options=_chosen_options, required=True),) if context.facts["many"] else ()
    )
    return (*chosen, Field("day", parse=_decided_on, options=_today, required=True))


def _chosen_options(_answers: Answers, context: FormContext) -> Sequence[Option]:
    choices = [Option(str(number), label) for number, label in context.facts["candidates"]]
    return [Option("all", str(context.say("review.all_of_these"))), *choices]


RECOGNISE = Form("recognise", _recognise_fields, summary=False)
RECORD = Form("record", _record_fields, summary=False)


def _enter_facts(turn: Turn) -> dict[str, Any]:
    about = turn.form.about if turn.form else {}
    return {"many": "initiative" not in about, "candidates": about.get("candidates", ())}


@routes.command("ghinhan", "enter")
async def enter_command(turn: Turn) -> Screens:
    """What is approved and not yet recognised or recorded, for entering many at once."""
    await review.my_paths(turn.act, Role.SUPPORT)
    return Screen(
        turn.say("review.enter_what"),
        (
            (
                Choice(turn.say("review.recognise"), "enter.recognise"),
                Choice(turn.say("review.record"), "enter.record"),
            ),
            menu_row(turn.say),
        ),
    )


@routes.action("enter")
async def enter_button(turn: Turn) -> Screens:
    """``enter``, ``enter.recognise``, ``enter.record``."""
    kind = turn.args[0] if turn.args else ""
    if kind not in ("recognise", "record"):
        return await enter_command(turn)
    lines = await review.to_enter(turn.act, kind, limit=30)
    if not lines:
        return Screen(turn.say("review.enter_none"), (menu_row(turn.say),))
    candidates = [
        [line.id, one_line(f"{line.code.rpartition('-')[2].lstrip('0')} · {line.name}", 58)] for line in lines
    ]
    return await turn.open_form(
        RECOGNISE if kind == "recognise" else RECORD, about={"candidates": candidates}
    )


@routes.action("rv.recognise")
async def recognise_one(turn: Turn) -> Screens:
    """The decision for one."""
    return await _enter_one(turn, RECOGNISE)


@routes.action("rv.record")
async def record_one(turn: Turn) -> Screens:
    """One that was typed into the national software."""
    return await _enter_one(turn, RECORD)


async def _enter_one(turn: Turn, form: Form) -> Screens:
    card, as_team = await initiatives.card_for(turn.act, turn.int_arg(1))
    if not as_team:
        raise Refusal("refusal.forbidden")
    if card.initiative.state is not InitiativeState.APPROVED:
        raise Refusal("review.approve_first", code=card.initiative.code)
    return await turn.open_form(form, about={"initiative": card.initiative.id})


async def _enter_done(turn: Turn, state: FormState) -> Screens:
    day = date.fromisoformat(state.answers["day"])
    chosen = state.answers.get("chosen", ())
    if "initiative" in state.about:
        numbers = [state.about["initiative"]]
    elif "all" in chosen:
        numbers = [number for number, _ in state.about["candidates"]]
    else:
        numbers = [int(number) for number in chosen]
    done, left = [], []
    for number in numbers:
        try:
            async with turn.session.begin_nested():
                if state.form == RECOGNISE.name:
                    one = await review.recognise(turn.act, number, state.answers["number"], day)
                else:
                    one = await review.record(turn.act, number, day)
        except Refusal as refusal:
            left.append(turn.say(refusal.key, **refusal.args_for_text))
        else:
            done.append(one.code)
    turn.form = None
    lines = [turn.say("review.entered", n=len(done)), Markup(", ").join(Markup.escape(code) for code in done)]
    return Screen(Markup("\n").join([line for line in (*lines, *left) if line]), (menu_row(turn.say),))


# ---------------------------------------------------------------- signing somebody in


def _who(_raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    raise Invalid("parse.name.unfit")


def _code_fields(_answers: Answers, _context: FormContext) -> Sequence[Field]:
    return (Field("who", parse=_who, required=True),)


CODE_FOR = Form("codefor", _code_fields, summary=False)


async def _find_member(turn: Turn, _state: FormState, raw: str) -> Parsed:
    found = await people.find_members(turn.act, turn.who.unit_id or 0, fold(raw), 40)
    found = [person for person in found if person.registered_at is not None]
    if not found:
        raise Invalid("review.member_not_found", typed=one_line(raw, 60))
    labels = tuple(
        f"{person.name}" + (f" · {person.workplace}" if person.workplace else "") for person in found
    )
    return Parsed(tuple({"id": person.id} for person in found), labels, confirm=True)


@routes.action("codefor")
async def code_for(turn: Turn) -> Screens:
    """A one-time code for somebody of the unit who lost their way in."""
    await review.my_paths(turn.act, Role.SUPPORT)
    return await turn.open_form(CODE_FOR)


async def _code_done(turn: Turn, state: FormState) -> Screens:
    person = await turn.session.get_one(Person, state.answers["who"]["id"])
    code, until = await passes.for_device(turn.act, person.id)
    turn.form = None
    return Screen(
        turn.say(
            "passes.device_for",
            code=code,
            until=turn.say.moment(until),
            who=person.name,
            url=turn.world.links.public_url,
        ),
        (menu_row(turn.say),),
    )


for _form, _done, _form_facts, _lookups in (
    (RETURN, _return_done, _rules, {}),
    (REJECT, _reject_done, _rules, {}),
    (NOTE, _note_done, _rules, {}),
    (ASK, _ask_done, _rules, {}),
    (ANSWER, _answer_done, _rules, {}),
    (RECOGNISE, _enter_done, _enter_facts, {}),
    (RECORD, _enter_done, _enter_facts, {}),
    (CODE_FOR, _code_done, _enter_facts, {"who": _find_member}),
):
    routes.form(FormHandler(_form, _done, _form_facts, lookups=_lookups))
