"""Reading one update: which form, command or button it is, and what it leads to."""

from dataclasses import replace

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.actions import Forged
from bot.conversation.forms import FormPress, FormState, Kind, Outcome, Step, Verb
from bot.conversation.invalid import Invalid
from bot.conversation.routing import FormHandler, Occasion, Screens
from bot.conversation.vocabulary import IncomingKind, Screen
from bot.handlers.turn import CrowdedError, Turn
from bot.reception.understood import note_step
from bot.screens.rows import menu_row
from bot.services.refusal import Forbidden, Refusal


class SpoiledError(Exception):
    """A handler refused or failed in a shared transaction: the desk rolls it back and works on each update carefully."""


async def respond(turn: Turn) -> tuple[Screen, ...]:
    """Do what an update asks for; gives the screens that answer it. Changes are made in ``turn.session`` and ``turn.form``.

    Steps within a form touch no table. Whatever else a handler does is undone as a whole when it refuses or fails,
    and the conversation stays where it was: by a savepoint in a careful turn, else by raising
    :class:`SpoiledError`, upon which the transaction is rolled back and done again with careful turns. Most turns
    neither refuse nor fail, and a savepoint for each costs two statements.

    Leaving a form, and the menu, ask nothing of the form that is open: they work whatever fails inside it.
    """
    before = turn.form, turn.form_changed
    try:
        quick, step = _within_form(turn)
    except Refusal as refusal:
        turn.restore_form(before[0], changed=before[1])
        return (_refused(turn, refusal),)
    if quick is not None:
        return (quick,)
    if not turn.careful:
        try:
            return _as_tuple(await _handle(turn, step))
        except CrowdedError:
            raise
        except Exception as problem:
            raise SpoiledError from problem
    try:
        async with turn.session.begin_nested():
            return _as_tuple(await _handle(turn, step))
    except Refusal as refusal:
        turn.restore_form(before[0], changed=before[1])
        return (_refused(turn, refusal),)


def _as_tuple(screens: Screens) -> tuple[Screen, ...]:
    return (screens,) if isinstance(screens, Screen) else tuple(screens)


def _refused(turn: Turn, refusal: Refusal) -> Screen:
    if isinstance(refusal, Forbidden):
        one = turn.incoming
        what = one.action.split(".")[0] if one.action else "text"
        turn.act.record("refused", unit_id=turn.who.unit_id, person_id=turn.who.person_id, what=what[:40])
    text = turn.say(refusal.key, **refusal.args_for_text)
    if turn.incoming.is_group:
        # Only who pressed is told, on the press itself: the group goes on seeing the card. Who typed is answered.
        pressed = turn.incoming.kind is IncomingKind.ACTION
        return Screen(Markup(), toast=text.striptags()) if pressed else Screen(text)
    if turn.form is not None and turn.form.form in turn.routes.forms:
        # The form is still open: say what is wrong and show where they are.
        return turn.show_form(text)
    return Screen(text, (menu_row(turn.say),), toast=text.striptags())


# ---------------------------------------------------------------- steps within a form


def _within_form(turn: Turn) -> tuple[Screen | None, Step | None]:
    """The answer to what only moves the open form; else the step that ends the form, where that is known already."""
    state = turn.form
    handler = turn.routes.forms.get(state.form) if state is not None else None
    if state is None or handler is None or turn.incoming.is_group or _leaves(turn):
        return None, None
    elsewhere = _from_elsewhere(turn, handler) if turn.form_is_elsewhere else None
    if elsewhere is not None:
        return elsewhere, None
    step = _step(turn, handler)
    note_step(turn, step)
    if step is None or step.outcome in (Outcome.DONE, Outcome.LEFT):
        return None, step
    return _show(turn, step), None


def _leaves(turn: Turn) -> bool:
    """Whether somebody leaves the open form, by a word or by its button.

    The form's facts or fields may be what fails, so this asks nothing of it.
    """
    state, incoming = turn.form, turn.incoming
    if state is None or incoming.is_group:
        return False
    if incoming.kind is IncomingKind.ACTION:
        pressed = FormPress.unpack(incoming.action)
        return pressed is not None and pressed.verb is Verb.LEAVE and pressed.belongs_to(state)
    is_command = turn.routes.find_command(incoming.text, bare=False) is not None
    return incoming.kind is IncomingKind.TEXT and not is_command and forms.leaves(incoming.text)


def _show(turn: Turn, step: Step) -> Screen:
    """The form after a step that did not end it."""
    note = turn.say("form.stale") if step.outcome is Outcome.STALE else step.note
    screen = forms.render(step.position, note)
    turn.shown_here()
    if step.state is not turn.form:
        turn.move_to(step.position)
    return screen


def _from_elsewhere(turn: Turn, handler: FormHandler[Turn]) -> Screen | None:
    """The open form's question, where only another account has shown it; None for what answers no question.

    What is written or sent here first answers nothing that its writer has not seen. Buttons and commands are what they
    are, and a picture is kept where the question is for pictures: it can mean nothing else, it is shown as taken, and
    one word takes it back; whereas whoever sent it may not have it at hand again.
    """
    incoming = turn.incoming
    goes_on = turn.say("form.goes_on")
    match incoming.kind:
        case IncomingKind.TEXT if not _is_for_no_form(turn, handler):
            return _show(turn, Step(turn.position(), Outcome.ASK, goes_on))
        case IncomingKind.FILE:
            position = turn.position()
            if position.current is None or position.current.kind is not Kind.FILES:
                note = goes_on + Markup("\n") + turn.say("form.file_not_kept")
                return _show(turn, Step(position, Outcome.ASK, note))
            step = forms.receive(position, incoming.files)
            note = goes_on + Markup("\n") + (step.note or Markup())
            return _show(turn, replace(step, note=note))
        case IncomingKind.UNSUPPORTED:
            note = goes_on + Markup("\n") + _cannot_take(turn)
            return _show(turn, Step(turn.position(), Outcome.ASK, note))
        case _:
            return None


def _is_for_no_form(turn: Turn, handler: FormHandler[Turn]) -> bool:
    """Whether a text is a command, or else nothing that an open form should read."""
    text = turn.incoming.text
    return turn.routes.find_command(text, bare=False) is not None or _is_menu(turn) or handler.aside(text)


def _step(turn: Turn, handler: FormHandler[Turn]) -> Step | None:
    """The step of the open form that an update means; None for an update that is about something else."""
    incoming = turn.incoming
    match incoming.kind:
        case IncomingKind.ACTION if FormPress.is_one(incoming.action):
            return forms.press(turn.position(), incoming.action)
        case IncomingKind.FILE:
            return _file_step(turn, handler)
        case IncomingKind.UNSUPPORTED:
            return Step(turn.position(), Outcome.ASK, _cannot_take(turn))
        case IncomingKind.TEXT if not _is_for_no_form(turn, handler):
            position, text = turn.position(), incoming.text
            # The database reads an answer to a lookup's question, which takes more than the form.
            is_lookup = position.state.step in handler.lookups
            return forms.hear_choice(position, text) if is_lookup else forms.hear(position, text)
        case _:
            return None


def _file_step(turn: Turn, handler: FormHandler[Turn]) -> Step:
    """Files; what is written below a picture answers a question that wants words."""
    position, text = turn.position(), turn.incoming.text
    step = forms.receive(position, turn.incoming.files)
    one = position.current
    if not text or one is None or one.kind is not Kind.TEXT or one.name in handler.lookups:
        return step
    heard = forms.hear(position, text)
    return replace(heard, note=heard.note or step.note)


def _is_menu(turn: Turn) -> bool:
    found = turn.routes.find_command(turn.incoming.text, bare=True)
    return found is not None and found[0] is turn.routes.commands.get("menu")


def _cannot_take(turn: Turn) -> Markup:
    key = f"files.not_{turn.incoming.text}"
    return turn.say(key) if turn.say.has(key) else turn.say("files.not_this")


# ---------------------------------------------------------------- everything else


async def _handle(turn: Turn, step: Step | None) -> Screens:
    incoming = turn.incoming
    match incoming.kind:
        case IncomingKind.ACTION:
            return await _pressed(turn, step)
        case IncomingKind.TEXT:
            return await _heard(turn, step)
        case IncomingKind.START:
            return await _occasion(turn, Occasion.START)
        case IncomingKind.FILE if step is not None:
            return await _form_end(turn, step)
        case IncomingKind.FILE:
            return await _occasion(turn, Occasion.STRAY_FILE)
        case IncomingKind.UNSUPPORTED:
            return () if incoming.is_group else Screen(_cannot_take(turn), (menu_row(turn.say),))
        case IncomingKind.GONE:
            return await _occasion(turn, Occasion.GONE)


async def _pressed(turn: Turn, step: Step | None) -> Screens:
    action = turn.incoming.action
    if FormPress.is_one(action) and not turn.incoming.is_group:
        return await _form_end(turn, step)
    handler = turn.routes.find_action(action)
    if handler is None:
        return Screen(turn.say("form.unknown_button"), (menu_row(turn.say),))
    if not turn.who.registered and not handler.guests:
        return await _occasion(turn, Occasion.GUEST)
    try:
        unpacked = handler.kind.unpack(action)
    except Forged:
        # No button of ours says this: nothing is told of what it might have meant.
        raise Forbidden from None
    return await handler.call(turn, unpacked)


async def _heard(turn: Turn, step: Step | None) -> Screens:
    text = turn.incoming.text
    found = turn.routes.find_command(text, bare=turn.form is None or _is_menu(turn))
    if found is not None and (turn.form is None or text.lstrip().startswith("/") or _is_menu(turn)):
        handler, turn.words = found
        if not turn.who.registered and not handler.guests:
            return await _occasion(turn, Occasion.GUEST)
        return await handler.call(turn)
    if turn.incoming.is_group:
        return ()
    form = turn.routes.forms.get(turn.form.form) if turn.form is not None else None
    if turn.form is not None and not (form is not None and form.aside(text)):
        return await _form_end(turn, step)
    return await _occasion(turn, Occasion.STRAY_TEXT)


async def _form_end(turn: Turn, step: Step | None) -> Screens:
    """The person completes the form, leaves it, or asks for something that only the database can answer."""
    state = turn.form
    handler = turn.routes.forms.get(state.form) if state is not None else None
    if state is None or handler is None:
        turn.form = None
        return await _occasion(turn, Occasion.CLOSED)
    if _leaves(turn):
        return await _leave(turn, handler, state)
    if step is None and turn.incoming.kind is IncomingKind.TEXT and state.step in handler.lookups:
        step = await _look_up(turn, handler, state)
        note_step(turn, step)
    if step is None:
        return await _occasion(turn, Occasion.CLOSED)
    if step.outcome is Outcome.LEFT:
        return await _leave(turn, handler, state)
    if step.outcome is Outcome.DONE:
        turn.move_to(step.position)
        return await handler.done(turn, step.state)
    return _show(turn, step)


async def _look_up(turn: Turn, handler: FormHandler[Turn], state: FormState) -> Step:
    """What the database finds for a typed text."""
    try:
        found = await handler.lookups[state.step](turn, state, turn.incoming.text)
    except Invalid as problem:
        return Step(turn.position(), Outcome.ASK, turn.say(problem.key, **problem.args_for_text))
    return forms.take(turn.position(), found)


async def _leave(turn: Turn, handler: FormHandler[Turn], state: FormState) -> Screens:
    """The person leaves the form; a draft stays where the form keeps drafts."""
    if handler.left is not None:
        return await handler.left(turn, state)
    await turn.put_aside()
    return await _occasion(turn, Occasion.LEFT)


async def _occasion(turn: Turn, occasion: Occasion) -> Screens:
    handler = turn.routes.occasions[occasion]
    if not turn.who.registered and not handler.guests:
        handler = turn.routes.occasions[Occasion.GUEST]
    return await handler.call(turn)
