"""What a form is made of: its fields, what an answer may be, and the stored state of a form in progress.

A form is data: ordered fields, each with its question, parser, options and rule. All of a form in progress is in its
:class:`FormState`, which is stored after each answer.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Self

from markupsafe import Markup

from bot.conversation.vocabulary import Say

Json = Any
Answers = Mapping[str, Json]

#: The step at which the summary is shown.
SUMMARY = "="


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


@dataclass(frozen=True, slots=True)
class Keep:
    """How a field stores more than the value of the chosen option, where the value alone proves too little.

    ``store`` makes the stored answer of an option's value. ``option`` gives that value back, so that the answer can
    be shown by the option's label.
    """

    store: Callable[[str, FormContext], Json]
    option: Callable[[Json], str]


def _always(_answers: Answers, _context: FormContext) -> bool:
    return True


def _no_options(_answers: Answers, _context: FormContext) -> Sequence[Option]:
    return ()


def _as_typed(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    return Parsed.plain(raw)


def _no_subject(_about: Mapping[str, Json]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    The form finds the sentences by the name: ``<form>.<text>.ask``, and for the summary ``<form>.<text>.label``.
    Raises ValueError for a field that could not be asked: a choice without options, or a name that no button can
    carry.
    """

    name: str
    kind: Kind = Kind.TEXT
    parse: Callable[[str, Answers, FormContext], Parsed] = _as_typed
    options: Callable[[Answers, FormContext], Sequence[Option]] = _no_options
    applies: Callable[[Answers, FormContext], bool] = _always
    #: How an answer reads. Without it: the label of a chosen option, the number of files, a text as it is. An answer
    #: that is neither of these (a date with its precision, a unit) needs it; see :meth:`can_show`.
    show: Callable[[Json, FormContext], str | Markup] | None = None
    keep: Keep | None = None
    required: bool = False
    #: A long text may come in several messages: the form joins the parts until "done" where one looks cut off.
    long: bool = False
    #: How many files at most.
    most: int = 10
    #: Fields that repeat (one for each author) share the sentences of this name, filled with ``args``.
    text: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    #: How many options stand side by side.
    width: int = 1

    def __post_init__(self) -> None:
        if not self.name or "." in self.name or self.name == SUMMARY:
            raise ValueError(f"a field cannot be called {self.name!r}")
        if self.kind in (Kind.ONE, Kind.MANY) and self.options is _no_options:
            raise ValueError(f"the field {self.name!r} offers nothing to choose from")
        if self.keep is not None and self.kind is not Kind.ONE:
            raise ValueError(f"the field {self.name!r} keeps an option, so it has to be of kind ONE")

    @property
    def sentences(self) -> str:
        """The name under which the form finds the sentences."""
        return self.text or self.name

    def can_show(self, value: Json) -> bool:
        """Whether the field knows how to show this answer to a person, rather than as stored."""
        is_plain = isinstance(value, str | int) and not isinstance(value, bool)
        return self.show is not None or self.kind is not Kind.TEXT or is_plain


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its name, and the fields that fit the answers so far, in order.

    With ``summary`` the person looks everything over, and may change it, before sending it. ``version`` grows when
    the current form would misread the stored answers of an older one.
    """

    name: str
    fields: Callable[[Answers, FormContext], Sequence[Field]]
    summary: bool = True
    #: Whether the bot keeps an unfinished one when the person leaves it.
    keeps_draft: bool = False
    version: int = 1
    #: Another form whose sentences this one uses.
    words: str = ""
    #: What tells its drafts apart, by what a form is about: the bot keeps one for each.
    subject: Callable[[Mapping[str, Json]], str] = _no_subject

    def draft_name(self, about: Mapping[str, Json]) -> str:
        """The name under which the bot keeps a draft."""
        subject = self.subject(about)
        return f"{self.name}:{subject}" if subject else self.name

    @property
    def sentences(self) -> str:
        """The topic under which the form finds its sentences."""
        return self.words or self.name


@dataclass(frozen=True, slots=True)
class FormState:
    """A form in progress. ``tag`` marks this very form, so that a button of another one presses nothing here."""

    form: str
    tag: str
    step: str
    answers: dict[str, Json] = field(default_factory=dict)
    #: Fields that the person passed over on purpose.
    skipped: tuple[str, ...] = ()
    #: Came from the summary to change one field; goes back there.
    mending: bool = False
    #: Parts of a long text, or candidates to choose from, of the current field.
    parts: tuple[str, ...] = ()
    candidates: tuple[Json, ...] = ()
    readback: tuple[str, ...] = ()
    #: Which page of the candidates the person sees.
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
        """Back from :meth:`to_json`; what another version of the bot stored besides is dropped."""
        known = {one.name for one in fields(cls)}
        fresh = {name: value for name, value in body.items() if name in known}
        for name in ("form", "tag", "step"):
            fresh.setdefault(name, "")
        for name in ("skipped", "parts", "candidates", "readback"):
            fresh[name] = tuple(fresh.get(name, ()))
        return cls(**fresh)
