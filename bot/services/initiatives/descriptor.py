"""What a field of an initiative is: one descriptor that says everything about it, from which all else is derived."""

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self, cast

from markupsafe import Markup

from bot.conversation.forms import Answers, Field, FormContext
from bot.services.initiatives.lists import Lists
from bot.texts import Say

#: What is stored of an initiative: by column of its row, and under :data:`ROWS` what stands in rows of its own.
Values = Mapping[str, Any]
AUTHORS = "authors"
FILES = "files"
ROWS = (AUTHORS, FILES)

#: What a sheet can hold.
Cell = str | int | date | None


class Part(enum.IntEnum):
    """Where a field stands when an initiative is read, on a card and in a sheet. Within a part the form's order holds."""

    WHAT = 1
    BEFORE = 2
    HOW = 3
    WHEN = 4
    EFFECT = 5
    WHO = 6
    MORE = 7


class OnCard(enum.Enum):
    """How a field stands on the card."""

    #: In its head, above all others.
    HEAD = "head"
    LINE = "line"
    #: Not among its lines: the card shows it in another way.
    APART = "apart"


class Likeness(enum.Enum):
    """How a field counts when an earlier initiative may be the same."""

    #: Compared with all that the unit has.
    NAME = "name"
    #: Compared where the names are akin.
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a field is written out: in which language, and with which lists."""

    say: Say
    lists: Lists

    @classmethod
    def of(cls, context: FormContext) -> Self:
        """As the form knows it."""
        return cls(cast("Say", context.say), context.facts["rules"])


@dataclass(frozen=True, slots=True)
class MainAuthor:
    """Who submits, or for whom it is submitted: whom "me" means, and who is the author when no others are named."""

    name: str
    #: None when the bot does not know them.
    person_id: int | None = None
    #: What is known of them and need not be asked, by detail.
    details: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedAuthor:
    """An author whose details the form asks for."""

    number: int
    name: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the questions depend on besides the field itself."""

    authors: tuple[AskedAuthor, ...]
    #: The details that are known of whoever submits.
    known: frozenset[str]


def _always(_values: Values) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class InitiativeField(ABC):
    """A field: how it is asked, stored, read back and written out, and which rules hold for it.

    The questions are ``submit.<name>.ask``, its name on the card and in summaries is ``submit.<name>.label``, the
    heading of its column in a sheet is ``cli.export.column.<name>``.
    """

    name: str
    part: Part
    #: Nothing can be checked, counted or found again without it (Circular 18/2013/TT-BKHCN, Annex I).
    always_required: bool = False
    #: Whether a programme may require it.
    may_be_required: bool = True
    #: Kept from everybody outside of the unit when the initiative is confidential.
    stays_in_unit: bool = False
    #: About people rather than the improvement: no group chat shows it.
    is_personal: bool = False
    on_card: OnCard = OnCard.LINE
    in_sheet: bool = True
    #: Whether a return may point at it.
    can_be_pointed_at: bool = False
    #: When the support team is told that it was left empty, by what else was answered.
    missed_when: Callable[[Values], bool] = _always
    #: Whether and how it tells that two initiatives are alike.
    likeness: Likeness | None = None

    @property
    @abstractmethod
    def keys(self) -> tuple[str, ...]:
        """Under which of the :data:`Values` it is stored."""

    @abstractmethod
    def questions(self, asked: Asked) -> Sequence[Field]:
        """What the form asks."""

    @abstractmethod
    def values(self, answers: Answers, main: MainAuthor) -> Values:
        """What is stored under its keys, also when it was not answered."""

    @abstractmethod
    def answers(self, values: Values, reader_id: int | None) -> Answers:
        """The answers that :meth:`values` was made of; none when it was not answered. ``reader_id`` is "me"."""

    @abstractmethod
    def lines(self, values: Values, reading: Reading) -> Sequence[Markup]:
        """Its lines on the card; none when it was not answered."""

    @abstractmethod
    def cell(self, values: Values, reading: Reading) -> Cell:
        """Its cell in a sheet; None when it was not answered."""

    @abstractmethod
    def is_empty(self, values: Values) -> bool:
        """Whether something of it was left empty."""

    def is_missed(self, values: Values) -> bool:
        """Whether the support team is told that it was left empty."""
        return self.is_empty(values) and self.missed_when(values)


def line(name: str, value: str | Markup, reading: Reading) -> Markup:
    """A line of the card: the field's name and what was answered."""
    return Markup("<b>{}:</b> {}").format(reading.say(f"submit.{name}.label").striptags(), value)
