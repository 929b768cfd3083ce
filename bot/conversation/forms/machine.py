"""The form machine: asks one question after the other, and never loses an answer.

The machine is pure: a position and what came in give a new position and what to do next.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from bot.conversation.forms.model import (
    SUMMARY,
    Field,
    Form,
    FormContext,
    FormState,
    Json,
    Kind,
    Parsed,
)
from bot.conversation.forms.position import Outcome, Position, Step
from bot.conversation.forms.press import FormPress, Verb
from bot.conversation.invalid import Invalid
from bot.conversation.vocabulary import IncomingFile

#: How many candidates a screen shows at a time.
PAGE_SIZE = 8

#: A forged number may have more digits than can be read; no list has so many entries.
_MOST_DIGITS = 9


class NoWayToShow(TypeError):
    """An answer is no plain text, and its field does not say how a person reads it."""

    def __init__(self, form: Form, one: Field) -> None:
        super().__init__(
            f"the form {form.name!r} cannot show an answer of {one.name!r}: the field needs `show`"
        )


# ---------------------------------------------------------------- opening a form


def begin(
    form: Form,
    context: FormContext,
    answers: Mapping[str, Json] | None = None,
    about: Mapping[str, Json] | None = None,
) -> Position:
    """Start a form, with answers that are already known. Raises NoWayToShow for one that no person could read."""
    state = FormState(
        form=form.name,
        tag=secrets.token_hex(2),
        step="",
        answers=dict(answers or {}),
        about=dict(about or {}),
        version=form.version,
    )
    position = Position.of(form, state, context)
    for one in position.questions.known:
        if one.name in state.answers:
            _check(position, one, state.answers[one.name])
    return _to_next(position)


def begin_at_summary(
    form: Form, context: FormContext, answers: Mapping[str, Json], about: Mapping[str, Json] | None = None
) -> Position:
    """Open a form that somebody filled in before, for changing it.

    What they left empty then is not asked again, but may be filled in; the summary sends nothing without a required
    answer.
    """
    position = begin(form, context, answers, about)
    empty = [one.name for one in position.questions.live if one.name not in answers and not one.required]
    return position.moved(step=SUMMARY, skipped=tuple(empty))


def resume(form: Form, stored: FormState, context: FormContext) -> Position:
    """Take up a stored form. One of an older shape falls back to the first question that no longer fits.

    It gets a new tag: buttons of the time before are stale, since what they showed may have changed meanwhile.
    """
    before = Position.of(form, stored, context)
    known = {one.name for one in before.questions.known}
    live = {one.name for one in before.questions.live}
    position = before.moved(
        tag=secrets.token_hex(2),
        answers={name: value for name, value in stored.answers.items() if name in known},
        skipped=tuple(name for name in stored.skipped if name in live),
        version=form.version,
    )
    still_fits = stored.step in live or (stored.step == SUMMARY and form.summary)
    return position if stored.version == form.version and still_fits else _to_next(position)


# ---------------------------------------------------------------- what comes in


def press(position: Position, action: str) -> Step:
    """Somebody pressed a form's button: perhaps another form's, an older question's, or a forged one."""
    pressed = FormPress.unpack(action)
    if pressed is None or not pressed.belongs_to(position.state):
        return Step(position, Outcome.STALE)
    return carry_out(position, pressed.verb, pressed.argument)


def receive(position: Position, files: Sequence[IncomingFile]) -> Step:
    """Files came in for the current question."""
    say, one = position.context.say, position.current
    if one is None or one.kind is not Kind.FILES:
        return Step(position, Outcome.ASK, say("form.no_files_here"))
    kept = list(position.state.answers.get(one.name, ()))
    known = {entry["media"] for entry in kept}
    fresh = {
        file.media_id: file for file in files if file.media_id is not None and file.media_id not in known
    }
    room = max(one.most - len(kept), 0)
    kept += [
        {"media": file.media_id, "name": file.name, "picture": file.is_picture}
        for file in list(fresh.values())[:room]
    ]
    # An answer that is still being given does not move on: "done" does.
    held = position.answered(one.name, kept)
    problem = next((file for file in files if file.problem is not None), None)
    if problem is not None:
        return Step(held, Outcome.ASK, say(problem.problem or "files.unreadable", name=problem.name))
    if len(fresh) > room:
        return Step(held, Outcome.ASK, say("form.too_many_files", n=one.most))
    return Step(held, Outcome.ASK, say("form.files_so_far", n=len(kept)))


def take(position: Position, parsed: Parsed) -> Step:
    """Use what a lookup found for the current question (units of a name) as the reading of a text."""
    one = position.current
    return go_on(position) if one is None else _took(position, one, parsed)


def read(position: Position, one: Field, raw: str) -> Step:
    """Parse a text as the answer to a field; where the parser refuses it, the question stays, with the reason."""
    try:
        parsed = one.parse(raw, position.state.answers, position.context)
    except Invalid as problem:
        return Step(position, Outcome.ASK, position.context.say(problem.key, **problem.args_for_text))
    return _took(position, one, parsed)


# ---------------------------------------------------------------- the verbs


def carry_out(position: Position, verb: Verb, argument: str = "") -> Step:
    """Carry out what a button of the current question says; a button that the question does not have is stale."""
    if verb is Verb.LEAVE:
        return Step(position, Outcome.LEFT)
    if verb is Verb.BACK:
        return _back(position)
    if position.state.step == SUMMARY:
        return _at_summary(position, verb, argument)
    one, state = position.current, position.state
    if one is None:
        return go_on(position)
    match verb:
        case Verb.OPTION:
            return _choose(position, one, argument)
        case Verb.CANDIDATE if (at := number_in(argument)) is not None and at < len(state.candidates):
            return _answer(position, one, state.candidates[at])
        case Verb.AGAIN if state.candidates or state.parts:
            return Step(position.cleared(), Outcome.ASK)
        case Verb.SKIP if not one.required:
            return _skip(position, [one])
        case Verb.SKIP_REST if not one.required:
            rest = [
                other
                for other in position.questions.live
                if not other.required and other.name not in state.answers
            ]
            return _skip(position, [one, *rest])
        case Verb.DONE:
            return _finish(position, one)
        case Verb.KEEP if one.name in state.answers:
            return go_on(position)
        case Verb.PAGE if (at := number_in(argument)) is not None and at * PAGE_SIZE < len(state.candidates):
            return Step(position.moved(page=at), Outcome.ASK)
        case Verb.REMOVE if one.kind is Kind.FILES and state.answers.get(one.name):
            return Step(position.answered(one.name, state.answers[one.name][:-1]), Outcome.ASK)
        case _:
            return Step(position, Outcome.STALE)


def tick(position: Position, one: Field, values: Iterable[str]) -> Step:
    """Tick options of a field that takes many, or take the ticks away again; the question stays until "done"."""
    chosen = list(position.state.answers.get(one.name, ()))
    for value in values:
        chosen = [other for other in chosen if other != value] if value in chosen else [*chosen, value]
    return Step(position.answered(one.name, chosen), Outcome.ASK)


def number_in(argument: str) -> int | None:
    """The number that a text is, if one can read it."""
    return int(argument) if argument.isdecimal() and len(argument) <= _MOST_DIGITS else None


def _choose(position: Position, one: Field, value: str) -> Step:
    # Whatever the button said: a person can choose only what the form offers now.
    if value not in {option.value for option in position.questions.options(one)}:
        return Step(position, Outcome.STALE)
    if one.kind is Kind.MANY:
        return tick(position, one, [value])
    if one.kind is Kind.TEXT:
        return read(position, one, value)
    return _answer(position, one, one.keep.store(value, position.context) if one.keep else value)


def _finish(position: Position, one: Field) -> Step:
    if position.state.parts:
        return read(position, one, "\n".join(position.state.parts))
    if one.kind not in (Kind.FILES, Kind.MANY):
        return Step(position, Outcome.STALE)
    given = position.state.answers.get(one.name)
    if given:
        return _answer(position, one, given)
    if one.required:
        return Step(position, Outcome.ASK, position.context.say("form.needed"))
    return _skip(position, [one])


def _skip(position: Position, passed_over: Sequence[Field]) -> Step:
    names = [one.name for one in passed_over]
    answers = {name: value for name, value in position.state.answers.items() if name not in names}
    skipped = tuple(dict.fromkeys((*position.state.skipped, *names)))
    return go_on(position.moved(answers=answers, skipped=skipped))


def _at_summary(position: Position, verb: Verb, argument: str) -> Step:
    if verb is Verb.SEND:
        # An answer may have made another question necessary, or have been taken back, since the summary appeared.
        for one in position.questions.live:
            if one.required and position.state.answers.get(one.name) in (None, [], ""):
                needed = position.context.say("form.needed")
                return Step(position.moved(step=one.name), Outcome.ASK, needed)
        return Step(position, Outcome.DONE)
    if verb is Verb.CHANGE and position.named(argument) is not None:
        return Step(position.moved(step=argument, mending=True), Outcome.ASK)
    return Step(position, Outcome.STALE)


def _back(position: Position) -> Step:
    state = position.state
    if state.parts or state.candidates:
        return Step(position.cleared(), Outcome.ASK)
    if state.mending:
        return Step(position.moved(step=SUMMARY, mending=False), Outcome.ASK)
    names = [one.name for one in position.questions.live]
    at = len(names) if state.step == SUMMARY else names.index(state.step) if state.step in names else 0
    if at == 0:
        return Step(position, Outcome.LEFT)
    return Step(position.moved(step=names[at - 1]), Outcome.ASK)


# ---------------------------------------------------------------- moving on


def _took(position: Position, one: Field, parsed: Parsed) -> Step:
    if len(parsed.candidates) == 1 and not parsed.confirm:
        return _answer(position, one, parsed.candidates[0])
    readback = parsed.readback or tuple(str(value) for value in parsed.candidates)
    offered = position.moved(parts=(), candidates=parsed.candidates, readback=readback, page=0)
    return Step(offered, Outcome.ASK)


def _answer(position: Position, one: Field, value: Json) -> Step:
    _check(position, one, value)
    skipped = tuple(name for name in position.state.skipped if name != one.name)
    return go_on(position.moved(answers={**position.state.answers, one.name: value}, skipped=skipped))


def _check(position: Position, one: Field, value: Json) -> None:
    if not one.can_show(value):
        raise NoWayToShow(position.form, one)


def go_on(position: Position) -> Step:
    """Move on to the next open question, or to the end."""
    after = _to_next(position)
    is_complete = after.state.step == SUMMARY and not after.form.summary
    return Step(after, Outcome.DONE if is_complete else Outcome.ASK)


def _to_next(position: Position) -> Position:
    """Go to the first field that applies and has neither an answer nor was skipped; then to the summary."""
    state = position.state
    open_fields = (
        one.name
        for one in position.questions.live
        if one.name not in state.answers and one.name not in state.skipped
    )
    return position.cleared().moved(step=next(open_fields, SUMMARY), mending=False)
