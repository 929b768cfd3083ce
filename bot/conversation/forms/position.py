"""Where a form stands within one message: what it asks for its answers, each computed once."""

import enum
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from markupsafe import Markup

from bot.conversation.forms.model import Answers, Field, Form, FormContext, FormState, Option


class Questions:
    """The questions that a form asks for some answers. The form computes its fields, and each its options, once."""

    def __init__(self, form: Form, answers: Answers, context: FormContext) -> None:
        self._form = form
        self._answers = answers
        self._context = context
        self._options: dict[str, tuple[Option, ...]] = {}

    @cached_property
    def known(self) -> tuple[Field, ...]:
        """All fields of the form, those that do not apply as well."""
        return tuple(self._form.fields(self._answers, self._context))

    @cached_property
    def live(self) -> tuple[Field, ...]:
        """The fields that apply, in order."""
        return tuple(one for one in self.known if one.applies(self._answers, self._context))

    def options(self, one: Field) -> tuple[Option, ...]:
        """What a field offers to choose from."""
        if one.name not in self._options:
            self._options[one.name] = tuple(one.options(self._answers, self._context))
        return self._options[one.name]


@dataclass(frozen=True, slots=True)
class Position:
    """A form, its state, what it may know, and the questions that follow from them."""

    form: Form
    state: FormState
    context: FormContext
    questions: Questions = field(compare=False, repr=False)

    @classmethod
    def of(cls, form: Form, state: FormState, context: FormContext) -> Self:
        """Where a stored form stands; nothing is computed until something asks for it."""
        return cls(form, state, context, Questions(form, state.answers, context))

    def to(self, state: FormState) -> Self:
        """The position after a step; only other answers make the form compute its questions again."""
        if state.answers == self.state.answers:
            return replace(self, state=state)
        return type(self).of(self.form, state, self.context)

    def moved(self, **changes: Any) -> Self:  # noqa: ANN401 - the attributes of a FormState
        """The position after a change of some attributes of the state."""
        return self.to(replace(self.state, **changes))

    def answered(self, name: str, value: object) -> Self:
        """The position after one more answer, or another one, of the same question."""
        return self.moved(answers={**self.state.answers, name: value})

    def cleared(self) -> Self:
        """The position without what the current question has collected so far: parts and candidates."""
        return self.moved(parts=(), candidates=(), readback=(), page=0)

    @property
    def current(self) -> Field | None:
        """The field that the form is asking for; None at the summary, and where it no longer applies."""
        return self.named(self.state.step)

    def named(self, name: str) -> Field | None:
        """The field of a name, if it still exists and applies."""
        return next((one for one in self.questions.live if one.name == name), None)


class Outcome(enum.StrEnum):
    """What follows from what came in."""

    #: The form goes on; show its current question.
    ASK = "ask"
    #: The person confirmed the summary, or answered the last question of a form without one.
    DONE = "done"
    #: The person leaves.
    LEFT = "left"
    #: The button belonged to another question; show the current one again.
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Step:
    """The result of one message: the new position, what follows, and a word on it (an error, a confirmation)."""

    position: Position
    outcome: Outcome
    note: Markup | None = None

    @property
    def state(self) -> FormState:
        """The new state, to be stored."""
        return self.position.state
