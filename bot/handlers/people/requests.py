"""What one may ask of whoever holds one's data; and officers' answers."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from bot.conversation import fresh
from bot.conversation.forms import Answers, Field, Form, FormContext, FormState, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.people.actions import (
    AnswerRequest,
    AskAboutRight,
    AskToErase,
    ExerciseRight,
    ExportMe,
    LiftRestriction,
    ShowRequest,
    ShowRequests,
    ShowRights,
)
from bot.screens.people.requests import answers, request_text
from bot.screens.rows import menu_row, pager
from bot.services.people import requests
from bot.services.people.consent import ConsentEvidence
from bot.services.people.rights import Reach
from bot.services.refusal import Refusal
from storage.people.claim_tables import RequestKind, RequestState

routes: Routes[Turn] = Routes()

PAGE = 6
_LONGEST = 1_000


@routes.on(ShowRights)
async def show_rights(turn: Turn, _action: ShowRights) -> Screens:
    """What one may ask, and what became of what one asked."""
    say = turn.say
    person, made = await requests.mine(turn.act)
    lines = [say("rights.title")]
    if person.restricted_since is not None:
        lines.append(say("rights.is_restricted", since=say.moment(person.restricted_since)))
    lines += [
        say(
            f"rights.state.{one.state.value}",
            what=say(f"rights.{one.kind.value}.button"),
            at=say.date(one.made_at.date()),
            until=say.moment(one.answer_until),
        )
        for one in made
    ]
    rows: list[Row] = []
    if person.restricted_since is not None:
        rows.append((Choice.of(say("rights.go_on"), LiftRestriction(turn.now)),))
    rows += [(Choice.of(say(f"rights.{kind.value}.button"), AskAboutRight(kind)),) for kind in RequestKind]
    rows.append((Choice.of(say("me.export"), ExportMe()), Choice.of(say("me.erase"), AskToErase())))
    rows.append(menu_row(say))
    return Screen(Markup("\n\n").join(lines), tuple(rows))


@routes.on(AskAboutRight)
async def ask_about(turn: Turn, action: AskAboutRight) -> Screens:
    """Say what it does."""
    say = turn.say
    return Screen(
        say(f"rights.{action.kind.value}.sure"),
        (
            (
                Choice.of(say("form.yes"), ExerciseRight(action.kind, turn.now)),
                Choice.of(say("form.no"), ShowRights()),
            ),
        ),
    )


@routes.on(ExerciseRight)
async def exercise(turn: Turn, action: ExerciseRight) -> Screens:
    """Ask it."""
    if not fresh.is_fresh(action.asked_at, turn.now):
        return await ask_about(turn, AskAboutRight(action.kind))
    words = str(turn.say(f"rights.{action.kind.value}.sure"))
    made = await requests.ask(turn.act, action.kind, _evidence(turn, words))
    until = turn.say.moment(made.answer_until)
    return (Screen(turn.say("rights.asked", until=until)), await _mine(turn))


async def _mine(turn: Turn) -> Screen:
    shown = await show_rights(turn, ShowRights())
    return shown if isinstance(shown, Screen) else shown[0]


def _evidence(turn: Turn, words: str) -> ConsentEvidence:
    return ConsentEvidence(words, turn.who.language, turn.incoming.channel, turn.incoming.key)


@routes.on(LiftRestriction)
async def go_on(turn: Turn, action: LiftRestriction) -> Screens:
    """Agree again."""
    if not fresh.is_fresh(action.asked_at, turn.now):
        return await show_rights(turn, ShowRights())
    holder = turn.services.holder
    words = str(turn.say("register.consent.ask", holder=holder.name, contact=holder.contact))
    await requests.go_on(turn.act, _evidence(turn, words))
    return (Screen(turn.say("rights.goes_on")), await _mine(turn))


# ---------------------------------------------------------------- officers


async def waiting(turn: Turn, _reach: Reach) -> Mapping[str, object] | None:
    """Whether the menu has an entry for them."""
    number = await requests.number(turn.act)
    return {"n": number} if number else None


@routes.on(ShowRequests)
async def show_requests(turn: Turn, action: ShowRequests) -> Screens:
    """What waits, the most urgent first."""
    say, page = turn.say, action.page
    found = await requests.listed(turn.act, offset=page * PAGE, limit=PAGE + 1)
    rows: list[Row] = []
    for one in found[:PAGE]:
        left = one.request.answer_until - turn.now
        key = "rights.line_late" if left.total_seconds() < 0 else "rights.line"
        label = say(
            key,
            who=one_line(one.name, 30),
            what=say(f"rights.{one.request.kind.value}.button"),
            until=say.moment(one.request.answer_until),
        )
        rows.append((Choice.of(label, ShowRequest(one.request.id)),))
    rows += pager(say, page, ShowRequests, more=len(found) > PAGE)
    return Screen(say("rights.list" if found else "rights.none"), (*rows, menu_row(say)), in_place=True)


@routes.on(ShowRequest)
async def show_request(turn: Turn, action: ShowRequest) -> Screens:
    """One of them."""
    view = await requests.view(turn.act, action.request)
    rows: tuple[Row, ...] = (menu_row(turn.say),)
    if view.request.state is RequestState.WAITING:
        rows = (answers(turn.say, view.request.id), *rows)
    return Screen(request_text(turn.say, view, turn.now), rows)


def _words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > _LONGEST:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=_LONGEST)
    return Parsed.plain(raw)


def _fields(_answers: Answers, context: FormContext) -> Sequence[Field]:
    done = bool(context.facts.get("done"))
    return (Field("words", text="done_words" if done else "why_not", parse=_words, required=not done),)


ANSWER = Form("rights", _fields, summary=False)


@routes.on(AnswerRequest)
async def answer(turn: Turn, action: AnswerRequest) -> Screens:
    """Ask for the words of the answer."""
    view = await requests.view(turn.act, action.request)
    if view.request.state is not RequestState.WAITING:
        raise Refusal("rights.answered_already")
    return await turn.open_form(ANSWER, about={"request": action.request, "done": action.done})


async def _answered(turn: Turn, state: FormState) -> Screens:
    await requests.answer(
        turn.act, state.about["request"], done=state.about["done"], words=state.answers.get("words") or ""
    )
    turn.form = None
    shown = await show_requests(turn, ShowRequests())
    return (Screen(turn.say("rights.answered")), *((shown,) if isinstance(shown, Screen) else shown))


def _facts(turn: Turn) -> Mapping[str, object]:
    return {"done": turn.form.about.get("done")} if turn.form is not None else {}


routes.form(FormHandler(ANSWER, _answered, _facts))
