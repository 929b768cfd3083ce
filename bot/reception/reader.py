"""Reading one update: which form, command or button it is, and what it leads to."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import SUMMARY, FormState, Outcome
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Handler, Screens
from bot.conversation.vocabulary import IncomingKind, Screen
from bot.handlers.turn import CrowdedError, Turn, menu_row
from bot.reception.understood import note_step
from bot.services.refusal import Refusal

log = logging.getLogger(__name__)


class SpoiledError(Exception):
    """A handler refused or failed in a transaction that it shares: all of it is to be done again, carefully."""


async def read(turn: Turn) -> tuple[Screen, ...]:
    """The screens that answer an update; the change is made in ``turn.session`` and in ``turn.form``.

    Steps within a form touch no table. Whatever else a handler does is undone as a whole when it refuses or fails,
    and the conversation stays where it was: by a savepoint in a careful turn, else by raising
    :class:`SpoiledError`, upon which the transaction is rolled back and done again with careful turns. Most turns
    neither refuse nor fail, and a savepoint for each costs two statements.
    """
    quick = _from_elsewhere(turn) or _form_step(turn)
    if quick is not None:
        return quick
    before = turn.who.form, turn.form_changed
    if not turn.careful:
        try:
            return _as_tuple(await _handle(turn))
        except CrowdedError:
            raise
        except Exception as problem:
            raise SpoiledError from problem
    try:
        async with turn.session.begin_nested():
            return _as_tuple(await _handle(turn))
    except Refusal as refusal:
        turn.who.form, turn.form_changed = before
        return (_refused(turn, refusal),)


def _as_tuple(screens: Screens) -> tuple[Screen, ...]:
    return (screens,) if isinstance(screens, Screen) else tuple(screens)


def _refused(turn: Turn, refusal: Refusal) -> Screen:
    text = turn.say(refusal.key, **refusal.args_for_text)
    if turn.incoming.is_group:
        # Only who pressed is told, on the press itself: the group goes on seeing the card. Who typed is answered.
        pressed = turn.incoming.kind is IncomingKind.ACTION
        return Screen(Markup(), toast=text.striptags()) if pressed else Screen(text)
    form = turn.form
    if form is not None:
        # The form is still open: say what is wrong and show where they are.
        handler = turn.form_handler(form.form)
        turn.shown_here()
        return forms.render(handler.form, form, turn.form_context(handler), text)
    return Screen(text, (menu_row(turn.say),), toast=text.striptags())


# ---------------------------------------------------------------- steps within a form


def _from_elsewhere(turn: Turn) -> tuple[Screen, ...] | None:
    """The open form's question, where it was shown on another account only; None when there is nothing of the kind.

    What is written or sent here first answers nothing that its writer has not seen. Buttons and commands are what they
    are, and a picture is kept where the question is for pictures: it can mean nothing else, it is shown as taken, and
    one word takes it back; whereas whoever sent it may not have it at hand again.
    """
    state, incoming = turn.form, turn.incoming
    handler = turn.routes.forms.get(state.form) if state is not None else None
    if state is None or handler is None or not turn.form_is_elsewhere:
        return None
    context = turn.form_context(handler)
    goes_on = turn.say("form.goes_on")
    match incoming.kind:
        case IncomingKind.TEXT if not _is_for_no_form(turn, handler) and not forms.leaves(incoming.text):
            notes = [goes_on]
        case IncomingKind.FILE:
            one = handler.form.field(state.step, state.answers, context)
            if one is not None and one.kind is forms.Kind.FILES:
                step = forms.receive(handler.form, state, incoming.files, context)
                turn.form = state = step.state
                notes = [goes_on, step.note or Markup()]
            else:
                notes = [goes_on, turn.say("form.file_not_kept")]
        case IncomingKind.UNSUPPORTED:
            notes = [goes_on, _cannot_take(turn)]
        case _:
            return None
    turn.shown_here()
    return (forms.render(handler.form, state, context, Markup("\n").join(notes)),)


def _is_for_no_form(turn: Turn, handler: FormHandler[Turn]) -> bool:
    """Whether a text is a command, or else nothing that an open form is to read."""
    text = turn.incoming.text
    return turn.routes.find_command(text, bare=False) is not None or _is_menu(turn) or handler.aside(text)


def _form_step(turn: Turn) -> tuple[Screen, ...] | None:
    """A step that only moves the open form; None when it is anything else."""
    state, incoming = turn.form, turn.incoming
    if state is None or incoming.is_group:
        return None
    handler = turn.routes.forms.get(state.form)
    if handler is None:
        return None
    step = _step(turn, handler, state)
    note_step(turn, step)
    if step is None or step.outcome in (Outcome.DONE, Outcome.LEFT):
        return None
    context = turn.form_context(handler)
    turn.shown_here()
    if step.outcome is Outcome.STALE:
        return (forms.render(handler.form, step.state, context, turn.say("form.stale")),)
    if step.state is not state:
        turn.form = step.state
    return (forms.render(handler.form, step.state, context, step.note),)


def _step(turn: Turn, handler: FormHandler[Turn], state: FormState) -> forms.Step | None:
    incoming = turn.incoming
    context = turn.form_context(handler)
    match incoming.kind:
        case IncomingKind.ACTION if _is_form_action(incoming.action):
            return forms.press(handler.form, state, incoming.action, context)
        case IncomingKind.FILE:
            return _file_step(handler, state, turn, context)
        case IncomingKind.UNSUPPORTED:
            return forms.Step(state, Outcome.ASK, _cannot_take(turn))
        case IncomingKind.TEXT if not _is_for_no_form(turn, handler):
            if (
                state.step in handler.lookups
                and state.step != SUMMARY
                and not forms.chooses(handler.form, state, incoming.text, context)
            ):
                return None
            return forms.hear(handler.form, state, incoming.text, context)
        case _:
            return None


def _file_step(
    handler: FormHandler[Turn], state: FormState, turn: Turn, context: forms.FormContext
) -> forms.Step:
    """Files; what is written below a picture answers a question that wants words."""
    step = forms.receive(handler.form, state, turn.incoming.files, context)
    one = handler.form.field(state.step, state.answers, context)
    if (
        not turn.incoming.text
        or one is None
        or one.kind is not forms.Kind.TEXT
        or state.step in handler.lookups
    ):
        return step
    heard = forms.hear(handler.form, state, turn.incoming.text, context)
    return replace(heard, note=heard.note or step.note)


def _is_form_action(action: str) -> bool:
    return action.startswith(forms.PREFIX + ".")


def _is_menu(turn: Turn) -> bool:
    found = turn.routes.find_command(turn.incoming.text, bare=True)
    return found is not None and found[0] is turn.routes.commands.get("menu")


def _cannot_take(turn: Turn) -> Markup:
    key = f"files.not_{turn.incoming.text}"
    return turn.say(key) if turn.say.has(key) else turn.say("files.not_this")


# ---------------------------------------------------------------- everything else


async def _handle(turn: Turn) -> Screens:
    incoming = turn.incoming
    match incoming.kind:
        case IncomingKind.ACTION:
            return await _pressed(turn)
        case IncomingKind.TEXT:
            return await _heard(turn)
        case IncomingKind.START:
            return await _call(turn, turn.routes.commands["start"], (incoming.payload,))
        case IncomingKind.FILE:
            return await _call(turn, turn.routes.actions["file"], ())
        case IncomingKind.UNSUPPORTED:
            return () if incoming.is_group else Screen(_cannot_take(turn), (menu_row(turn.say),))
        case IncomingKind.GONE:
            return await _call(turn, turn.routes.actions["gone"], ())


async def _pressed(turn: Turn) -> Screens:
    action = turn.incoming.action
    if _is_form_action(action):
        return await _form_end(turn)
    handler = turn.routes.find_action(action)
    if handler is None:
        return Screen(turn.say("form.unknown_button"), (menu_row(turn.say),))
    return await _call(turn, handler, tuple(action.split(".")[1:]))


async def _heard(turn: Turn) -> Screens:
    text = turn.incoming.text
    found = turn.routes.find_command(text, bare=turn.form is None or _is_menu(turn))
    if found is not None and (turn.form is None or text.lstrip().startswith("/") or _is_menu(turn)):
        handler, rest = found
        return await _call(turn, handler, tuple(rest.split()))
    if turn.incoming.is_group:
        return ()
    form = turn.routes.forms.get(turn.form.form) if turn.form is not None else None
    if turn.form is not None and not (form is not None and form.aside(text)):
        return await _form_end(turn)
    return await _call(turn, turn.routes.actions["text"], ())


async def _form_end(turn: Turn) -> Screens:
    """A form is completed, left, or asks for something to be looked up."""
    state = turn.form
    handler = turn.routes.forms.get(state.form) if state is not None else None
    if state is None or handler is None:
        turn.form = None
        return await _call(turn, turn.routes.actions["closed"], ())
    context = turn.form_context(handler)
    lookup = handler.lookups.get(state.step)
    if (
        lookup is not None
        and turn.incoming.kind is IncomingKind.TEXT
        and not forms.chooses(handler.form, state, turn.incoming.text, context)
    ):
        step = forms.hear_command(handler.form, state, turn.incoming.text, context)
        if step is None:
            try:
                step = forms.take(handler.form, state, await lookup(turn, state, turn.incoming.text), context)
            except Invalid as problem:
                step = forms.Step(state, Outcome.ASK, turn.say(problem.key, **problem.args_for_text))
    else:
        step = _step(turn, handler, state)
    note_step(turn, step)
    if step is None:
        return await _call(turn, turn.routes.actions["closed"], ())
    match step.outcome:
        case Outcome.DONE:
            turn.form = step.state
            return await handler.done(turn, step.state)
        case Outcome.LEFT:
            if handler.left is not None:
                return await handler.left(turn, step.state)
            await turn.put_aside()
            return await _call(turn, turn.routes.actions["left"], ())
        case _:
            turn.form = step.state
            return forms.render(handler.form, step.state, context, step.note)


async def _call(turn: Turn, handler: Handler[Turn], args: Sequence[str]) -> Screens:
    if not turn.who.registered and not handler.guests:
        handler = turn.routes.actions["guest"]
        args = ()
    turn.args = args
    return await handler.call(turn)
