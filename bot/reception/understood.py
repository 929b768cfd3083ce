"""What an update was understood as, recorded while it is read, for a channel that asks for it (``Desk.watch``).

Nothing is guessed afterwards: the routes of a watched turn note which handler they called and what each parser made of
the text, the desk and the reader note the rest. Turns that nobody watches have ordinary routes and note nothing.
"""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from bot.conversation.actions import Action
from bot.conversation.forms import Answers, Field, FormContext, FormState, Outcome, Parsed, Step
from bot.conversation.invalid import Invalid
from bot.conversation.routing import ActionHandler, FormHandler, Handler, Routes, Screens
from bot.conversation.vocabulary import Incoming
from bot.handlers.turn import Turn
from bot.texts import Say


class Means(enum.StrEnum):
    """By what a typed text pressed a choice."""

    #: The number, letter, word or label of a choice on the pending list.
    LIST = "list"
    #: The code or the label of a notice's choice.
    NOTICE = "notice"
    #: The word for the rest of a long list.
    MORE = "more"


class Called(enum.StrEnum):
    """What kind of handler took an update."""

    COMMAND = "command"
    #: What a button does, by its word.
    ACTION = "action"
    #: What stands in where nothing else fits.
    OCCASION = "occasion"
    #: A form was completed.
    DONE = "done"
    #: A form was left.
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a field's parser, or its look-up, made of a text. ``invalid``: the key of the sentence that says why not."""

    question: str
    typed: str
    candidates: tuple[Any, ...] = ()
    readback: tuple[str, ...] = ()
    confirm: bool = False
    invalid: str = ""
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row that was inserted, or its key and the columns that changed."""

    table: str
    key: tuple[Any, ...]
    columns: Mapping[str, Any]


@dataclass(slots=True)
class Understood:
    """What became of one update."""

    update: Incoming
    #: The open form when it came in, and when it was dealt with.
    before: FormState | None
    after: FormState | None = None
    #: How a text pressed a choice, and which action that was.
    means: Means | None = None
    action: str = ""
    #: Why a text could be none of the choices (``numbers.*``).
    no_choice: str = ""
    #: The handlers that were called, by kind and name.
    called: list[tuple[Called, str]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    #: Where it went to a form: what followed, and the word on it.
    outcome: Outcome | None = None
    note: Markup | None = None
    #: The sentences that were made, by what they say.
    said: dict[str, str] = field(default_factory=dict)
    rows: list[StoredRow] = field(default_factory=list)

    @property
    def note_key(self) -> str:
        """The key of the form's word on it; empty when it said none, or one that is put together."""
        return self.said.get(str(self.note), "") if self.note is not None else ""

    @property
    def changed(self) -> dict[str, Any]:
        """The open form's answers that are new or different; None for those that were taken back."""
        if self.after is None:
            return {}
        is_same = self.before is not None and self.before.form == self.after.form
        before = self.before.answers if self.before is not None and is_same else {}
        after = self.after.answers
        fresh = {name: value for name, value in after.items() if name not in before or before[name] != value}
        return {**fresh, **{name: None for name in before if name not in after}}


#: Is told of each update of a channel. When a transaction is done again, it is told again.
Watch = Callable[[Understood], None]


class Watched:
    """A turn that is watched; end with :meth:`ends`."""

    def __init__(self, turn: Turn) -> None:
        """From now on the turn's routes, words and session note what happens."""
        self._turn = turn
        self.understood = Understood(turn.incoming, turn.form)
        turn.features = replace(turn.features, routes=_WatchedRoutes(turn.routes, self.understood))
        turn.say = _NotingSay(turn.say, self.understood.said)
        self._session = turn.session.sync_session
        event.listen(self._session, "after_flush", self._flushed)
        event.listen(self._session, "after_soft_rollback", self._undone)

    async def ends(self) -> Understood:
        """The turn is over; what it left unwritten is written."""
        await self._turn.session.flush()
        event.remove(self._session, "after_flush", self._flushed)
        event.remove(self._session, "after_soft_rollback", self._undone)
        self.understood.after = self._turn.form
        return self.understood

    def _flushed(self, session: Session, _context: UOWTransaction) -> None:
        for one in session.new:
            self._row(one, None)
        for one in session.dirty:
            attributes = inspect(one).attrs
            changed = {name for name in _names(one) if attributes[name].history.has_changes()}
            if changed:
                self._row(one, changed)

    def _row(self, one: Any, changed: set[str] | None) -> None:  # noqa: ANN401 - a row of any table
        mapper = inspect(one).mapper
        wanted = (
            changed | {mapper.get_property_by_column(key).key for key in mapper.primary_key}
            if changed
            else None
        )
        columns = {name: getattr(one, name) for name in _names(one) if wanted is None or name in wanted}
        key = tuple(mapper.primary_key_from_instance(one))
        self.understood.rows.append(StoredRow(one.__tablename__, key, columns))

    def _undone(self, _session: Session, _previous: object) -> None:
        self.understood.rows.clear()


def _names(row: Any) -> list[str]:  # noqa: ANN401 - a row of any table
    return [attribute.key for attribute in inspect(row).mapper.column_attrs]


# ---------------------------------------------------------------- what the reader notes


def note_choice(turn: Turn, means: Means, action: str) -> None:
    """A text presses a choice."""
    if isinstance(turn.routes, _WatchedRoutes):
        turn.routes.understood.means, turn.routes.understood.action = means, action


def note_no_choice(turn: Turn, key: str) -> None:
    """A text can be none of the choices that are pending."""
    if isinstance(turn.routes, _WatchedRoutes):
        turn.routes.understood.no_choice = key


def note_step(turn: Turn, step: Step | None) -> None:
    """An update moves the open form, or ends it."""
    if step is not None and isinstance(turn.routes, _WatchedRoutes):
        turn.routes.understood.outcome, turn.routes.understood.note = step.outcome, step.note


# ---------------------------------------------------------------- what notes by itself


class _WatchedRoutes(Routes[Turn]):
    """The same routes; each handler notes that it is called, each parser what it reads."""

    def __init__(self, routes: Routes[Turn], understood: Understood) -> None:
        super().__init__()
        self.understood = understood
        first = {handler.call: name for name, handler in reversed(routes.commands.items())}
        self.commands = {
            name: self._noting(Called.COMMAND, first[handler.call], handler)
            for name, handler in routes.commands.items()
        }
        self.actions = {name: self._noting_action(handler) for name, handler in routes.actions.items()}
        self.prefixes = {
            name: self._noting(Called.ACTION, name, handler) for name, handler in routes.prefixes.items()
        }
        self.occasions = {
            occasion: self._noting(Called.OCCASION, occasion, handler)
            for occasion, handler in routes.occasions.items()
        }
        self.forms = {name: self._noting_form(handler) for name, handler in routes.forms.items()}
        self.worded = routes.worded

    def _noting(self, kind: Called, name: str, handler: Handler[Turn]) -> Handler[Turn]:
        async def call(turn: Turn) -> Screens:
            self.understood.called.append((kind, name))
            return await handler.call(turn)

        return replace(handler, call=call)

    def _noting_action(self, handler: ActionHandler[Turn]) -> ActionHandler[Turn]:
        async def call(turn: Turn, unpacked: Action) -> Screens:
            self.understood.called.append((Called.ACTION, handler.kind.word))
            return await handler.call(turn, unpacked)

        return replace(handler, call=call)

    def _noting_form(self, handler: FormHandler[Turn]) -> FormHandler[Turn]:
        name = handler.form.name

        def noting(
            kind: Called, call: Callable[[Turn, FormState], Awaitable[Screens]]
        ) -> Callable[[Turn, FormState], Awaitable[Screens]]:
            async def noted(turn: Turn, state: FormState) -> Screens:
                self.understood.called.append((kind, name))
                return await call(turn, state)

            return noted

        def fields(answers: Answers, context: FormContext) -> Sequence[Field]:
            return [
                replace(one, parse=self._noting_parser(one)) for one in handler.form.fields(answers, context)
            ]

        return replace(
            handler,
            form=replace(handler.form, fields=fields),
            done=noting(Called.DONE, handler.done),
            left=noting(Called.LEFT, handler.left) if handler.left is not None else None,
            lookups={
                field_name: self._noting_lookup(field_name, look)
                for field_name, look in handler.lookups.items()
            },
        )

    def _noting_parser(self, one: Field) -> Callable[[str, Answers, FormContext], Parsed]:
        def parse(raw: str, answers: Answers, context: FormContext) -> Parsed:
            try:
                parsed = one.parse(raw, answers, context)
            except Invalid as problem:
                self._read(Reading(one.name, raw, invalid=problem.key, args=problem.args_for_text))
                raise
            self._read(Reading(one.name, raw, parsed.candidates, parsed.readback, parsed.confirm))
            return parsed

        return parse

    def _noting_lookup(
        self, name: str, look: Callable[[Turn, FormState, str], Awaitable[Parsed]]
    ) -> Callable[[Turn, FormState, str], Awaitable[Parsed]]:
        async def noted(turn: Turn, state: FormState, raw: str) -> Parsed:
            try:
                parsed = await look(turn, state, raw)
            except Invalid as problem:
                self._read(Reading(name, raw, invalid=problem.key, args=problem.args_for_text))
                raise
            self._read(Reading(name, raw, parsed.candidates, parsed.readback, parsed.confirm))
            return parsed

        return noted

    def _read(self, reading: Reading) -> None:
        # A step that ends the form is computed twice: once to see that it does.
        if reading not in self.understood.readings:
            self.understood.readings.append(reading)


class _NotingSay(Say):
    """The same words; notes which sentence said what."""

    def __init__(self, say: Say, said: dict[str, str]) -> None:
        super().__init__(say.language, {}, {})
        self._say, self._said = say, said

    def __call__(self, key: str, /, **args: object) -> Markup:
        sentence = self._say(key, **args)
        self._said[str(sentence)] = key
        return sentence

    def has(self, key: str) -> bool:
        return self._say.has(key)

    def under(self, prefix: str) -> dict[str, str]:
        return self._say.under(prefix)
