"""A field that one question answers, which is nearly every one: its shape says how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, FormContext
from bot.services.initiatives.descriptor import (
    Asked,
    Cell,
    InitiativeField,
    MainAuthor,
    Reading,
    Values,
    line,
)
from bot.services.initiatives.shapes import Json, Shape


def _always(_answers: Answers, _context: FormContext) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class OneQuestion(InitiativeField):
    """A field with one question, in columns of its own."""

    shape: Shape
    #: When it is asked, by what was answered before.
    applies: Callable[[Answers, FormContext], bool] = _always
    #: An answer that the card need not show.
    untold: Json = None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(self.name + ending for ending in self.shape.columns)

    @cached_property
    def _questions(self) -> Sequence[Field]:
        shape = self.shape
        question = Field(
            self.name,
            shape.kind,
            parse=shape.parse,
            options=shape.options,
            applies=self.applies,
            show=shape.summary,
            long=shape.long,
            most=shape.most,
            width=shape.width,
        )
        return (question,)

    def questions(self, asked: Asked) -> Sequence[Field]:
        """The same for everybody."""
        del asked
        return self._questions

    def values(self, answers: Answers, main: MainAuthor) -> Values:
        """What its shape stores. Raises KeyError when it is always required and was not answered."""
        del main
        answer = answers[self.name] if self.always_required else answers.get(self.name)
        stored = self.shape.empty if answer is None else self.shape.store(answer)
        return dict(zip(self.keys, stored, strict=True))

    def answers(self, values: Values, reader_id: int | None = None) -> Answers:
        """What its shape reads."""
        del reader_id
        answer = self._answer(values)
        return {} if answer is None else {self.name: answer}

    def _answer(self, values: Values) -> Json | None:
        return self.shape.read(*(values[key] for key in self.keys))

    def lines(self, values: Values, reading: Reading) -> Sequence[Markup]:
        """One line."""
        answer = self._answer(values)
        if answer is None or answer == self.untold:
            return ()
        return (line(self.name, self.shape.show(answer, reading), reading),)

    def cell(self, values: Values, reading: Reading) -> Cell:
        """In words, or as its shape says."""
        answer = self._answer(values)
        return None if answer is None else (self.shape.cell or self.shape.show)(answer, reading)

    def is_empty(self, values: Values) -> bool:
        """Whether it was not answered."""
        return self._answer(values) is None
