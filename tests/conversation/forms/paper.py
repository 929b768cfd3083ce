"""The form that these tests fill in: a field of each kind, one that depends on another, and some that repeat."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.dates import parse_date
from bot.conversation.forms import (
    Answers,
    Field,
    Form,
    FormContext,
    FormPress,
    Kind,
    Option,
    Outcome,
    Parsed,
    Position,
    Verb,
)
from bot.conversation.invalid import Invalid
from bot.conversation.money import parse_money


class Keys:
    """Says the key itself, so that a test needs no locale."""

    language = "vi"

    def __call__(self, key: str, /, **args: object) -> Markup:
        return Markup("{} {}").format(
            key, " ".join(f"{name}={value}" for name, value in sorted(args.items()))
        )

    def has(self, key: str) -> bool:
        return key.endswith(".which")


def _words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    if not raw:
        raise Invalid("parse.text.empty")
    if len(raw) > 9_000:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=9_000)
    return Parsed.plain(raw)


def _money(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed(parse_money(raw).candidates, confirm=True)


def _day(raw: str, _answers: Answers, context: FormContext) -> Parsed:
    return Parsed.plain(parse_date(raw, context.today).value.isoformat())


def kinds(_answers: Answers, _context: FormContext) -> Sequence[Option]:
    return [Option("a", "Máy"), Option("b", "Người"), Option("c", "Kho")]


def _fields(answers: Answers, context: FormContext) -> Sequence[Field]:
    known = [
        Field("name", parse=_words, required=True),
        Field("content", parse=_words, long=True, required=True),
        Field("kind", Kind.ONE, options=kinds, required=True),
        Field("money", parse=_money),
        Field("effect", parse=_words, applies=lambda given, _context: "money" in given),
        Field("files", Kind.FILES, most=3),
        Field("topics", Kind.MANY, options=kinds, width=2),
        Field("day", parse=_day, options=lambda _given, _context: [Option("hom qua", "Hôm qua")]),
    ]
    left_out = context.facts.get("left_out", ())
    details = [
        Field(f"a{at}_title", text="title", args={"who": f"{at}"})
        for at in range(len(answers.get("topics", ())))
    ]
    return [one for one in (*known, *details) if one.name not in left_out]


FORM = Form("paper", _fields, keeps_draft=True)
CONTEXT = FormContext(date(2026, 11, 24), Keys())


def opened(form: Form = FORM, context: FormContext = CONTEXT) -> Position:
    return forms.begin(form, context)


def one_field(field: Field, context: FormContext = CONTEXT) -> Position:
    """A form with one question and no summary."""
    return opened(Form("choice", lambda _answers, _context: (field,), summary=False), context)


def says(position: Position, *texts: str) -> Position:
    """Answers that the form takes, each leading on to a question."""
    for raw in texts:
        step = forms.hear(position, raw)
        assert step.outcome is Outcome.ASK
        position = step.position
    return position


def press(position: Position, verb: Verb, argument: str = "") -> forms.Step:
    """A press on a button of the current question."""
    return forms.press(position, forms.action(position.state, verb, argument))


def verbs(position: Position) -> list[Verb]:
    """What the buttons on the screen do."""
    found = [FormPress.unpack(choice.action) for choice in forms.render(position).choices]
    return [pressed.verb for pressed in found if pressed is not None]
