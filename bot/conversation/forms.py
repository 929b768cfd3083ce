"""The form engine: asks one question after the other, and never loses an answer.

A form is data: ordered fields, each with its question, parser, options and rule. The engine is pure: a state and
what came in give a new state and what to do next. All of a form in progress is in its :class:`FormState`, which is
stored after each answer.
"""

import enum
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from markupsafe import Markup

from bot.conversation.invalid import Invalid
from bot.conversation.text import clean, fold
from bot.conversation.vocabulary import Choice, IncomingFile, Row, Say, Screen, rows_of

Json = Any
Answers = Mapping[str, Json]

#: A text as long as a messenger lets through is probably the first part of a longer one.
LIKELY_CUT = 4_000

#: How many candidates are shown at a time.
PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class FormContext:
    """What a form may know besides its answers. ``facts`` is whatever its handler gives it, and is not stored."""

    today: date
    say: Say
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from. ``value`` is short: it travels in a button."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser made of a text: one value, or several to choose from, or one to confirm.

    A value is anything JSON can hold. ``readback`` labels each candidate for the person.
    """

    candidates: tuple[Json, ...]
    readback: tuple[str, ...] = ()
    confirm: bool = False

    @classmethod
    def plain(cls, value: Json) -> Self:
        """One clear value that needs no confirming."""
        return cls((value,))


class Kind(enum.StrEnum):
    """How a field is answered."""

    TEXT = "text"
    #: One of the options, pressed or typed.
    ONE = "one"
    #: Any number of the options, until done.
    MANY = "many"
    #: Pictures and documents, until done.
    FILES = "files"


def _always(_answers: Answers, _context: FormContext) -> bool:
    return True


def _no_options(_answers: Answers, _context: FormContext) -> Sequence[Option]:
    return ()


def _as_typed(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(raw)


def _shown_as_is(value: Json, _context: FormContext) -> str:
    return str(value)


def _no_subject(_about: Mapping[str, Json]) -> str:
    return ""


def _as_chosen(value: Json, _context: FormContext) -> Json:
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    The sentences are found by the name: ``<form>.<text>.ask``, and for the summary ``<form>.<text>.label``.
    """

    name: str
    kind: Kind = Kind.TEXT
    parse: Callable[[str, Answers, FormContext], Parsed] = _as_typed
    options: Callable[[Answers, FormContext], Sequence[Option]] = _no_options
    applies: Callable[[Answers, FormContext], bool] = _always
    show: Callable[[Json, FormContext], str | Markup] = _shown_as_is
    #: What is kept of a chosen option, where its value alone would not be evidence enough.
    keep: Callable[[Json, FormContext], Json] = _as_chosen
    required: bool = False
    #: A long text may come in several messages: parts are joined until "done" where one looks cut off.
    long: bool = False
    #: How many files at most.
    most: int = 10
    #: A field that repeats (one for each author) shares the sentences of this name, filled with ``args``.
    text: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    #: Options that are also typed freely (a date with "today" to press).
    width: int = 1

    @property
    def sentences(self) -> str:
        """The name under which the sentences are found."""
        return self.text or self.name


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its name, and the fields that fit the answers so far, in order.

    ``summary`` says whether the person looks everything over and may change it before it is sent.
    ``version`` grows when stored answers of an older form would be misread.
    """

    name: str
    fields: Callable[[Answers, FormContext], Sequence[Field]]
    summary: bool = True
    #: Whether an unfinished one is kept when the person leaves it.
    keeps_draft: bool = False
    version: int = 1
    #: Another form whose sentences this one uses.
    words: str = ""
    #: What tells its drafts apart, by what a form is about: each of them is kept.
    subject: Callable[[Mapping[str, Json]], str] = _no_subject

    def draft_name(self, about: Mapping[str, Json]) -> str:
        """Under which name a draft is kept."""
        subject = self.subject(about)
        return f"{self.name}:{subject}" if subject else self.name

    @property
    def sentences(self) -> str:
        """The topic under which its sentences are found."""
        return self.words or self.name

    def field(self, name: str, answers: Answers, context: FormContext) -> Field | None:
        """The field of a name, if it still exists and applies."""
        return next((one for one in self.live(answers, context) if one.name == name), None)

    def live(self, answers: Answers, context: FormContext) -> list[Field]:
        """The fields that apply."""
        return [one for one in self.fields(answers, context) if one.applies(answers, context)]


#: The step at which the summary is shown.
SUMMARY = "="


@dataclass(frozen=True, slots=True)
class FormState:
    """A form in progress. ``tag`` marks this very form, so that a button of another one presses nothing here."""

    form: str
    tag: str
    step: str
    answers: dict[str, Json] = field(default_factory=dict)
    #: Fields that were passed over on purpose.
    skipped: tuple[str, ...] = ()
    #: Came from the summary to change one field; goes back there.
    mending: bool = False
    #: Parts of a long text, or candidates to choose from, of the current field.
    parts: tuple[str, ...] = ()
    candidates: tuple[Json, ...] = ()
    readback: tuple[str, ...] = ()
    #: Which page of the candidates is shown.
    page: int = 0
    #: What the handler needs to know at the end (which initiative this is about).
    about: dict[str, Json] = field(default_factory=dict)
    version: int = 1

    def to_json(self) -> dict[str, Json]:
        """As stored; what is empty is left out."""
        full = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in full.items() if value not in ({}, (), False, "", 0)}

    @classmethod
    def from_json(cls, body: Mapping[str, Json]) -> Self:
        """Back from :meth:`to_json`."""
        fresh = dict(body)
        for name in ("skipped", "parts", "candidates", "readback"):
            fresh[name] = tuple(fresh.get(name, ()))
        return cls(**fresh)


class Outcome(enum.StrEnum):
    """What follows from what came in."""

    #: The form goes on; show its current question.
    ASK = "ask"
    #: The summary was confirmed (or there is none and the last question was answered).
    DONE = "done"
    #: The person leaves.
    LEFT = "left"
    #: The button belonged to another question; show the current one again.
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Step:
    """The result of one message: the new state, what follows, and a word on it (an error, a confirmation)."""

    state: FormState
    outcome: Outcome
    note: Markup | None = None


def begin(
    form: Form,
    context: FormContext,
    answers: Mapping[str, Json] | None = None,
    about: Mapping[str, Json] | None = None,
) -> FormState:
    """Start a form, with answers that are already known."""
    state = FormState(
        form=form.name,
        tag=secrets.token_hex(2),
        step="",
        answers=dict(answers or {}),
        about=dict(about or {}),
        version=form.version,
    )
    return _to_next(form, state, context)


def resume(form: Form, stored: FormState, context: FormContext) -> FormState:
    """Take up a stored form. One of an older shape falls back to the first question that no longer fits.

    It gets a new tag: buttons of the time before are stale, since what they showed may have changed meanwhile.
    """
    fields = {one.name: one for one in form.live(stored.answers, context)}
    known = {one.name for one in form.fields(stored.answers, context)}
    answers = {name: value for name, value in stored.answers.items() if name in known}
    state = replace(
        stored,
        tag=secrets.token_hex(2),
        answers=answers,
        skipped=tuple(name for name in stored.skipped if name in fields),
        version=form.version,
    )
    if stored.version == form.version and (
        stored.step in fields or (stored.step == SUMMARY and form.summary)
    ):
        return state
    return _to_next(
        form, replace(state, parts=(), candidates=(), readback=(), page=0, mending=False), context
    )


def _to_next(form: Form, state: FormState, context: FormContext) -> FormState:
    """The first applying field that has neither an answer nor was skipped; then the summary."""
    blank = replace(state, parts=(), candidates=(), readback=(), page=0, mending=False)
    for one in form.live(state.answers, context):
        if one.name not in state.answers and one.name not in state.skipped:
            return replace(blank, step=one.name)
    return replace(blank, step=SUMMARY)


def _answered(form: Form, state: FormState, one: Field, value: Json, context: FormContext) -> Step:
    skipped = tuple(name for name in state.skipped if name != one.name)
    answered = replace(state, answers={**state.answers, one.name: value}, skipped=skipped)
    return _onwards(form, answered, context)


def _onwards(form: Form, state: FormState, context: FormContext) -> Step:
    after = _to_next(form, state, context)
    if after.step == SUMMARY and not form.summary:
        return Step(after, Outcome.DONE)
    return Step(after, Outcome.ASK)


# ---------------------------------------------------------------- what comes in

#: A button of a form: ``f.<tag>.<field>.<verb>.<argument>``.
PREFIX = "f"


def action(state: FormState, verb: str, argument: str = "") -> str:
    """The action of a button of the current question."""
    return f"{PREFIX}.{state.tag}.{state.step}.{verb}.{argument}"


class Verb(enum.StrEnum):
    """What a form's button does."""

    OPTION = "o"
    CANDIDATE = "c"
    AGAIN = "a"
    SKIP = "s"
    SKIP_REST = "r"
    DONE = "d"
    BACK = "b"
    LEAVE = "x"
    CHANGE = "j"
    SEND = "g"
    REMOVE = "-"
    KEEP = "k"
    PAGE = "p"


#: What people type instead of pressing, folded. Both languages at once: nobody switches to type one word.
_TYPED: Mapping[str, Verb] = {
    "0": Verb.BACK, "quay lai": Verb.BACK, "tro lai": Verb.BACK, "lui": Verb.BACK, "back": Verb.BACK,
    "huy": Verb.LEAVE, "thoat": Verb.LEAVE, "cancel": Verb.LEAVE, "leave": Verb.LEAVE, "stop": Verb.LEAVE,
    "bo qua": Verb.SKIP, "boqua": Verb.SKIP, "skip": Verb.SKIP,
    "bo qua het": Verb.SKIP_REST, "skip all": Verb.SKIP_REST, "skip rest": Verb.SKIP_REST,
    "xong": Verb.DONE, "het": Verb.DONE, "done": Verb.DONE,
    "gui": Verb.SEND, "send": Verb.SEND, "submit": Verb.SEND,
}  # fmt: skip


#: A typed yes or no to what was read back.
_AGREED = frozenset(
    {
        "dung",
        "dung roi",
        "dung vay",
        "co",
        "vang",
        "u",
        "uh",
        "ok",
        "oke",
        "yes",
        "right",
        "that s right",
        "1",
    }
)
_AGAIN = frozenset({"sai", "sai roi", "khong", "khong dung", "viet lai", "sua", "no", "wrong", "write again"})


def press(form: Form, state: FormState, action_text: str, context: FormContext) -> Step:
    """A button of a form was pressed, perhaps of another form, an older question, or a forged one."""
    parts = action_text.split(".", 4)
    if len(parts) != 5 or parts[1] != state.tag or parts[2] != state.step or parts[3] not in set(Verb):
        return Step(state, Outcome.STALE)
    return _do(form, state, Verb(parts[3]), parts[4], context)


def hear(form: Form, state: FormState, raw: str, context: FormContext) -> Step:
    """A text came in for the current question."""
    spoken = hear_command(form, state, raw, context)
    if spoken is not None:
        return spoken
    text = clean(raw)
    folded = fold(text)
    if state.step == SUMMARY:
        chosen = _by_label(
            ((one.name, _label(form, one, context)) for one in form.live(state.answers, context)), folded
        )
        if chosen is not None:
            return _do(form, state, Verb.CHANGE, chosen, context)
        return Step(state, Outcome.ASK, context.say("form.press_something"))
    one = form.field(state.step, state.answers, context)
    if one is None:
        return _onwards(form, state, context)
    if state.candidates:
        if folded in _AGREED and len(state.candidates) == 1:
            return _do(form, state, Verb.CANDIDATE, "0", context)
        if folded in _AGAIN:
            return _do(form, state, Verb.AGAIN, "", context)
        chosen = _by_label(((str(at), label) for at, label in enumerate(state.readback)), folded)
        if chosen is not None:
            return _do(form, state, Verb.CANDIDATE, chosen, context)
    options = one.options(state.answers, context)
    chosen = _by_label(((option.value, option.label) for option in options), folded)
    if chosen is not None:
        return _do(form, state, Verb.OPTION, chosen, context)
    if one.kind is Kind.MANY and (several := _several(options, text)):
        for value in several:
            state = _choose(form, state, one, value, context).state
        return Step(state, Outcome.ASK)
    if one.kind in (Kind.ONE, Kind.MANY):
        return Step(state, Outcome.ASK, context.say("form.not_an_option"))
    if one.kind is Kind.FILES:
        return Step(state, Outcome.ASK, context.say("form.files_please"))
    return _read(form, state, one, text, context)


_APART = re.compile(r"[,;\n]|\s(?:v[àa]|and)\s")
_NUMBERS_APART = re.compile(r"[\s,;.]+(?:(?:v[àa]|and)\s+)?")


def _several(options: Sequence[Option], text: str) -> list[str]:
    """Which options a text names at once: their numbers as they are listed ("1 3 5"), or their labels; else none."""
    numbers = [_number(piece) for piece in _NUMBERS_APART.split(text.strip(" ,;.")) if piece]
    if len(numbers) > 1 and all(number is not None and 0 < number <= len(options) for number in numbers):
        return [options[number - 1].value for number in dict.fromkeys(numbers) if number is not None]
    labels = [(option.value, option.label) for option in options]
    named = [_by_label(labels, fold(piece)) for piece in _APART.split(text) if piece.strip()]
    return list(dict.fromkeys(value for value in named if value is not None)) if all(named) else []


def hear_command(form: Form, state: FormState, raw: str, context: FormContext) -> Step | None:
    """A typed word that stands for one of the form's own buttons ("quay lại", "huỷ", "xong"); None when it is not."""
    verb = _TYPED.get(fold(clean(raw)))
    if verb is None or not _offers(form, state, verb, context):
        return None
    return _do(form, state, verb, "", context)


def leaves(raw: str) -> bool:
    """Whether a text asks to leave whatever form is open."""
    return _TYPED.get(fold(clean(raw))) is Verb.LEAVE


def chooses(form: Form, state: FormState, raw: str, context: FormContext) -> bool:
    """Whether a text is about the candidates that are shown, rather than a search for others."""
    folded = fold(clean(raw))
    if not state.candidates or not folded:
        return False
    return (
        hear_command(form, state, raw, context) is not None
        or folded in _AGAIN
        or (folded in _AGREED and len(state.candidates) == 1)
        or any(fold(label) == folded for label in state.readback)
    )


def receive(form: Form, state: FormState, files: Sequence[IncomingFile], context: FormContext) -> Step:
    """Files came in for the current question."""
    one = form.field(state.step, state.answers, context)
    if one is None or one.kind is not Kind.FILES:
        return Step(state, Outcome.ASK, context.say("form.no_files_here"))
    problems = [file for file in files if file.problem is not None]
    kept = list(state.answers.get(one.name, ()))
    known = {entry["media"] for entry in kept}
    fresh = list(
        {
            file.media_id: file for file in files if file.media_id is not None and file.media_id not in known
        }.values()
    )
    room = one.most - len(kept)
    kept += [{"media": file.media_id, "name": file.name, "picture": file.is_picture} for file in fresh[:room]]
    # An answer that is still being given does not move on: "done" does.
    held = replace(state, answers={**state.answers, one.name: kept})
    if problems:
        return Step(
            held, Outcome.ASK, context.say(problems[0].problem or "files.unreadable", name=problems[0].name)
        )
    if len(fresh) > room:
        return Step(held, Outcome.ASK, context.say("form.too_many_files", n=one.most))
    return Step(held, Outcome.ASK, context.say("form.files_so_far", n=len(kept)))


def _offers(form: Form, state: FormState, verb: Verb, context: FormContext) -> bool:
    """Whether a typed word can mean a button here: "gửi" is an answer like any other in the middle of a form."""
    if verb in (Verb.BACK, Verb.LEAVE):
        return True
    if verb is Verb.SEND:
        return state.step == SUMMARY
    one = form.field(state.step, state.answers, context)
    if one is None:
        return False
    if verb is Verb.DONE:
        return one.kind in (Kind.FILES, Kind.MANY) or bool(state.parts)
    return verb in (Verb.SKIP, Verb.SKIP_REST) and not one.required


def _by_label(pairs: Any, folded: str) -> str | None:  # noqa: ANN401 - an iterable of pairs
    for value, label in pairs:
        if folded and fold(str(label)) == folded:
            return str(value)
    return None


def _read(form: Form, state: FormState, one: Field, text: str, context: FormContext) -> Step:
    try:
        parsed = one.parse("\n".join((*state.parts, text)), state.answers, context)
    except Invalid as problem:
        return Step(state, Outcome.ASK, context.say(problem.key, **problem.args_for_text))
    if one.long and len(text) >= LIKELY_CUT:
        return Step(replace(state, parts=(*state.parts, text)), Outcome.ASK)
    return _take(form, state, one, parsed, context)


def _take(form: Form, state: FormState, one: Field, parsed: Parsed, context: FormContext) -> Step:
    if len(parsed.candidates) == 1 and not parsed.confirm:
        return _answered(form, state, one, parsed.candidates[0], context)
    readback = parsed.readback or tuple(str(value) for value in parsed.candidates)
    return Step(
        replace(state, parts=(), candidates=parsed.candidates, readback=readback, page=0), Outcome.ASK
    )


def take(form: Form, state: FormState, parsed: Parsed, context: FormContext) -> Step:
    """Use what was looked up for the current question (units found for a name) as the reading of a text."""
    one = form.field(state.step, state.answers, context)
    if one is None:
        return _onwards(form, state, context)
    return _take(form, state, one, parsed, context)


def _do(form: Form, state: FormState, verb: Verb, argument: str, context: FormContext) -> Step:
    if verb is Verb.LEAVE:
        return Step(state, Outcome.LEFT)
    if verb is Verb.BACK:
        return _back(form, state, context)
    if state.step == SUMMARY:
        return _at_summary(form, state, verb, argument, context)
    one = form.field(state.step, state.answers, context)
    if one is None:
        return _onwards(form, state, context)
    match verb:
        case Verb.OPTION:
            return _choose(form, state, one, argument, context)
        case Verb.CANDIDATE if (at := _number(argument)) is not None and at < len(state.candidates):
            return _answered(form, state, one, state.candidates[at], context)
        case Verb.AGAIN if state.candidates or state.parts:
            return Step(replace(state, candidates=(), readback=(), parts=(), page=0), Outcome.ASK)
        case Verb.SKIP if not one.required:
            return _skip(form, state, [one], context)
        case Verb.SKIP_REST if not one.required:
            rest = [other for other in form.live(state.answers, context) if not other.required]
            return _skip(
                form, state, [one, *(other for other in rest if other.name not in state.answers)], context
            )
        case Verb.DONE:
            return _finish(form, state, one, context)
        case Verb.KEEP if one.name in state.answers:
            return _onwards(form, state, context)
        case Verb.PAGE if (at := _number(argument)) is not None and at * PAGE_SIZE < len(state.candidates):
            return Step(replace(state, page=at), Outcome.ASK)
        case Verb.REMOVE if one.kind is Kind.FILES and state.answers.get(one.name):
            return Step(
                replace(state, answers={**state.answers, one.name: state.answers[one.name][:-1]}), Outcome.ASK
            )
        case _:
            return Step(state, Outcome.STALE)


def _number(argument: str) -> int | None:
    """The number in a button; a forged one may have more digits than can be read."""
    return int(argument) if argument.isdecimal() and len(argument) < 10 else None


def _choose(form: Form, state: FormState, one: Field, value: str, context: FormContext) -> Step:
    # Whatever the button said: only what is offered now can be chosen.
    if value not in {option.value for option in one.options(state.answers, context)}:
        return Step(state, Outcome.STALE)
    if one.kind is Kind.MANY:
        chosen = list(state.answers.get(one.name, ()))
        chosen = [other for other in chosen if other != value] if value in chosen else [*chosen, value]
        return Step(replace(state, answers={**state.answers, one.name: chosen}), Outcome.ASK)
    if one.kind is Kind.TEXT:
        try:
            parsed = one.parse(value, state.answers, context)
        except Invalid as problem:
            return Step(state, Outcome.ASK, context.say(problem.key, **problem.args_for_text))
        return _take(form, state, one, parsed, context)
    return _answered(form, state, one, one.keep(value, context), context)


def _skip(form: Form, state: FormState, fields: Sequence[Field], context: FormContext) -> Step:
    names = [one.name for one in fields]
    answers = {name: value for name, value in state.answers.items() if name not in names}
    skipped = tuple(dict.fromkeys((*state.skipped, *names)))
    return _onwards(form, replace(state, answers=answers, skipped=skipped), context)


def _finish(form: Form, state: FormState, one: Field, context: FormContext) -> Step:
    if state.parts:
        try:
            parsed = one.parse("\n".join(state.parts), state.answers, context)
        except Invalid as problem:
            return Step(state, Outcome.ASK, context.say(problem.key, **problem.args_for_text))
        return _take(form, state, one, parsed, context)
    if one.kind not in (Kind.FILES, Kind.MANY):
        return Step(state, Outcome.STALE)
    given = state.answers.get(one.name)
    if given:
        return _answered(form, state, one, given, context)
    if one.required:
        return Step(state, Outcome.ASK, context.say("form.needed"))
    return _skip(form, state, [one], context)


def _at_summary(form: Form, state: FormState, verb: Verb, argument: str, context: FormContext) -> Step:
    if verb is Verb.SEND:
        # An answer may have made another question necessary, or have been taken back, since the summary was shown.
        for one in form.live(state.answers, context):
            if one.required and state.answers.get(one.name) in (None, [], ""):
                return Step(replace(state, step=one.name), Outcome.ASK, context.say("form.needed"))
        return Step(state, Outcome.DONE)
    if verb is Verb.CHANGE and form.field(argument, state.answers, context) is not None:
        return Step(replace(state, step=argument, mending=True), Outcome.ASK)
    return Step(state, Outcome.STALE)


def _back(form: Form, state: FormState, context: FormContext) -> Step:
    if state.parts or state.candidates:
        return Step(replace(state, parts=(), candidates=(), readback=(), page=0), Outcome.ASK)
    if state.mending:
        return Step(replace(state, step=SUMMARY, mending=False), Outcome.ASK)
    names = [one.name for one in form.live(state.answers, context)]
    at = len(names) if state.step == SUMMARY else names.index(state.step) if state.step in names else 0
    if at == 0:
        return Step(state, Outcome.LEFT)
    return Step(replace(state, step=names[at - 1]), Outcome.ASK)


# ---------------------------------------------------------------- what is shown


def _label(form: Form, one: Field, context: FormContext) -> str:
    return str(context.say(f"{form.sentences}.{one.sentences}.label", **one.args).striptags())


def render(form: Form, state: FormState, context: FormContext, note: Markup | None = None) -> Screen:
    """The current question, or the summary, as a screen; ``note`` goes before it."""
    screen = _summary(form, state, context) if state.step == SUMMARY else _question(form, state, context)
    if note is None:
        return screen
    return replace(screen, text=note + Markup("\n\n") + screen.text)


def _question(form: Form, state: FormState, context: FormContext) -> Screen:
    say = context.say
    one = form.field(state.step, state.answers, context)
    if one is None:  # the form changed under the answer; the next message moves on
        return _summary(form, state, context)
    if state.candidates:
        return _which(form, state, one, context)
    if state.parts:
        text = say("form.part_taken", n=sum(map(len, state.parts)))
        rows: tuple[Row, ...] = (
            (
                Choice(say("form.done"), action(state, Verb.DONE)),
                Choice(say("form.again"), action(state, Verb.AGAIN)),
            ),
        )
        return Screen(text, (*rows, _ways_out(state, context)), asks_words=True)
    text = say(f"{form.sentences}.{one.sentences}.ask", **one.args)
    options = one.options(state.answers, context)
    chosen = state.answers.get(one.name, ()) if one.kind is Kind.MANY else ()
    choices = [
        Choice(
            ("✓ " if option.value in chosen else "") + option.label, action(state, Verb.OPTION, option.value)
        )
        for option in options
    ]
    rows = rows_of(choices, one.width)
    if one.kind in (Kind.FILES, Kind.MANY) and state.answers.get(one.name):
        done: list[Choice] = [Choice(say("form.done"), action(state, Verb.DONE))]
        if one.kind is Kind.FILES:
            done.append(Choice(say("form.remove_last"), action(state, Verb.REMOVE)))
        rows += (tuple(done),)
    elif not one.required:
        skips = [Choice(say("form.skip"), action(state, Verb.SKIP))]
        if not state.mending and form.summary:
            skips.append(Choice(say("form.skip_rest"), action(state, Verb.SKIP_REST)))
        rows += (tuple(skips),)
    if one.kind in (Kind.TEXT, Kind.ONE) and one.name in state.answers:
        rows += ((Choice(say("form.keep"), action(state, Verb.KEEP)),),)
        now = Markup("<i>{}</i>").format(say("form.now", value=one.show(state.answers[one.name], context)))
        text = text + Markup("\n\n") + now
    return Screen(text, (*rows, _ways_out(state, context)), asks_words=one.kind is Kind.TEXT)


def _which(form: Form, state: FormState, one: Field, context: FormContext) -> Screen:
    say = context.say
    if len(state.candidates) == 1:
        text = say("form.is_it_right", value=state.readback[0])
        rows: tuple[Row, ...] = (
            (
                Choice(say("form.right"), action(state, Verb.CANDIDATE, "0")),
                Choice(say("form.write_again"), action(state, Verb.AGAIN)),
            ),
        )
        return Screen(text, (*rows, _ways_out(state, context)), asks_words=True)
    first = state.page * PAGE_SIZE
    shown = list(enumerate(state.readback))[first : first + PAGE_SIZE]
    rows = rows_of([Choice(label, action(state, Verb.CANDIDATE, str(at))) for at, label in shown])
    turns = []
    if state.page > 0:
        turns.append(Choice(say("form.page_before"), action(state, Verb.PAGE, str(state.page - 1))))
    if first + PAGE_SIZE < len(state.candidates):
        turns.append(Choice(say("form.page_after"), action(state, Verb.PAGE, str(state.page + 1))))
    if turns:
        rows += (tuple(turns),)
    rows += ((Choice(say("form.write_again"), action(state, Verb.AGAIN)),),)
    key = f"{form.sentences}.{one.sentences}.which"
    text = say(key, **one.args) if say.has(key) else say("form.which")
    return Screen(text, (*rows, _ways_out(state, context)), asks_words=True)


def _ways_out(state: FormState, context: FormContext) -> Row:
    return (
        Choice(context.say("form.back"), action(state, Verb.BACK), word="0"),
        Choice(context.say("form.leave"), action(state, Verb.LEAVE), word="huy"),
    )


def _summary(form: Form, state: FormState, context: FormContext) -> Screen:
    say = context.say
    lines: list[Markup] = [say(f"{form.sentences}.summary")]
    changes: list[Choice] = []
    empty: list[str] = []
    for one in form.live(state.answers, context):
        label = _label(form, one, context)
        value = state.answers.get(one.name)
        if value is None or value in ([], ""):
            empty.append(label)
        else:
            lines.append(Markup("<b>{}</b>: {}").format(label, one.show(value, context)))
        changes.append(
            Choice(
                str(say("form.change", what=label)),
                f"{PREFIX}.{state.tag}.{SUMMARY}.{Verb.CHANGE}.{one.name}",
            )
        )
    if empty:
        lines.append(Markup("<i>{}</i>").format(say("form.empty", fields=", ".join(empty))))
    send = Choice(say(f"{form.sentences}.send"), action(state, Verb.SEND))
    return Screen(Markup("\n").join(lines), ((send,), *rows_of(changes, 2), _ways_out(state, context)))
