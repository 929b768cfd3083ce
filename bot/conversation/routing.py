"""Which handler takes what: commands, actions, forms and occasions, registered by the handlers themselves."""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.conversation.actions import Action
from bot.conversation.forms import Form, FormState, Parsed
from bot.conversation.text import fold
from bot.conversation.vocabulary import Screen

Screens = Screen | Sequence[Screen]

#: What handlers are given.
T = TypeVar("T")
A = TypeVar("A", bound=Action)

#: A longer text is no command, unless it begins with a slash.
_LONGEST_BARE = 40

Call = Callable[[T], Awaitable[Screens]]
CallWith = Callable[[T, A], Awaitable[Screens]]


class Occasion(enum.StrEnum):
    """What happens that is neither a command, nor an action, nor an answer to a form."""

    #: Somebody came in by a link or a poster, or pressed a messenger's start button; ``incoming.payload`` says where from.
    START = "start"
    #: Somebody who has not registered did what only registered people may.
    GUEST = "guest"
    #: Words that no form waits for.
    STRAY_TEXT = "stray_text"
    #: A picture or document that no form waits for.
    STRAY_FILE = "stray_file"
    #: A button of a form that is not open any more.
    CLOSED = "closed"
    #: A form that has nothing of its own to say was left.
    LEFT = "left"
    #: They blocked the bot, or took it out of a group.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Handler(Generic[T]):
    """What to call, and whether somebody who has not registered may."""

    call: Call[T]
    guests: bool = False


@dataclass(frozen=True, slots=True)
class ActionHandler(Generic[T]):
    """What to call with an unpacked action, and whether somebody who has not registered may."""

    kind: type[Action]
    call: Callable[[T, Any], Awaitable[Screens]]
    guests: bool = False


@dataclass(frozen=True, slots=True)
class FormHandler(Generic[T]):
    """A form, and what happens around it.

    ``facts`` gives the form what it may know besides its answers. It cannot refuse: whoever has the form open
    would be stuck in it, so where something is missing (a programme, what an older version stored) it gives the
    usual, and ``done`` refuses. It must not touch the database, since every message asks for it once. ``lookups``
    find candidates for a field in the database. The reader calls ``done`` when the form is complete, and ``left``
    when the person leaves it; ``left`` asks nothing of ``facts``.
    """

    form: Form
    done: Callable[[T, FormState], Awaitable[Screens]]
    facts: Callable[[T], Mapping[str, Any]] = lambda _turn: {}
    left: Callable[[T, FormState], Awaitable[Screens]] | None = None
    lookups: Mapping[str, Callable[[T, FormState, str], Awaitable[Parsed]]] = field(default_factory=dict)
    guests: bool = False
    #: Whether a text is no answer to any question of the form: it is read as if none were open.
    aside: Callable[[str], bool] = lambda _text: False


class Routes(Generic[T]):
    """The registry. ``T`` is what handlers are given (a turn)."""

    def __init__(self) -> None:
        """Empty."""
        self.commands: dict[str, Handler[T]] = {}
        #: The commands that messengers list: by the topic of its sentence (``commands.<topic>``), which is its English
        #: name too, its Vietnamese name.
        self.listed: dict[str, str] = {}
        self.actions: dict[str, ActionHandler[T]] = {}
        #: Actions that have no type yet, by their prefix.
        self.prefixes: dict[str, Handler[T]] = {}
        self.occasions: dict[Occasion, Handler[T]] = {}
        self.forms: dict[str, FormHandler[T]] = {}
        #: Commands that begin a text without their slash, where the rest of it is as it should be.
        self.worded: dict[str, Callable[[str], bool]] = {}

    def command(
        self,
        *names: str,
        guests: bool = False,
        listed: str = "",
        worded: Callable[[str], bool] | None = None,
    ) -> Callable[[Call[T]], Call[T]]:
        """Register for ``/name``; what follows it is ``turn.words``. The names have no diacritics and no spaces.

        ``listed``: the topic under which messengers list it (the sentence ``commands.<topic>``); one of its names.
        ``worded`` says of the rest of a text that begins with the name, without its slash, whether it is the command
        all the same.
        """
        if worded is not None:
            self.worded.update(dict.fromkeys(names, worded))
        if listed:
            _once(self.listed, listed, names[0])

        def register(call: Call[T]) -> Call[T]:
            for name in names:
                _once(self.commands, name, Handler(call, guests))
            return call

        return register

    def on(self, kind: type[A], *, guests: bool = False) -> Callable[[CallWith[T, A]], CallWith[T, A]]:
        """Register for choices that do this."""

        def register(call: CallWith[T, A]) -> CallWith[T, A]:
            _once(self.actions, kind.word, ActionHandler(kind, call, guests))
            return call

        return register

    def action(self, prefix: str, *, guests: bool = False) -> Callable[[Call[T]], Call[T]]:
        """Register for actions without a type, by their prefix; what follows it is ``turn.args``."""

        def register(call: Call[T]) -> Call[T]:
            _once(self.prefixes, prefix, Handler(call, guests))
            return call

        return register

    def when(self, occasion: Occasion, *, guests: bool = False) -> Callable[[Call[T]], Call[T]]:
        """Register for an occasion."""

        def register(call: Call[T]) -> Call[T]:
            _once(self.occasions, occasion, Handler(call, guests))
            return call

        return register

    def form(self, handler: FormHandler[T]) -> None:
        """Register a form."""
        _once(self.forms, handler.form.name, handler)

    def include(self, other: "Routes[T]") -> None:
        """Take over what another module registered."""
        for mine, theirs in (
            (self.commands, other.commands),
            (self.listed, other.listed),
            (self.actions, other.actions),
            (self.prefixes, other.prefixes),
            (self.occasions, other.occasions),
            (self.forms, other.forms),
        ):
            for name, handler in theirs.items():
                _once(mine, name, handler)
        self.worded |= other.worded

    def find_command(self, text: str, *, bare: bool) -> tuple[Handler[T], str] | None:
        """The handler for ``/name rest`` and the rest; with ``bare`` also for the name alone, in words ("của tôi")."""
        stripped = text.strip()
        if stripped.startswith("/"):
            word, _, rest = stripped[1:].partition(" ")
            # In a group a command may carry the bot's name: /menu@ten_bot.
            found = self.commands.get(fold(word.partition("@")[0]).replace(" ", ""))
            return (found, rest.strip()) if found else None
        if not bare or len(stripped) > _LONGEST_BARE:
            return None
        found = self.commands.get(fold(stripped).replace(" ", ""))
        if found:
            return found, ""
        word, _, rest = stripped.partition(" ")
        worded = self.worded.get(fold(word)) if rest else None
        return (self.commands[fold(word)], rest.strip()) if worded and worded(rest) else None

    def find_action(self, packed: str) -> ActionHandler[T] | Handler[T] | None:
        """The handler for what a button says, by the longest word that it begins with."""
        parts = packed.split(".")
        for length in range(len(parts), 0, -1):
            word = ".".join(parts[:length])
            found = self.actions.get(word) or self.prefixes.get(word)
            if found:
                return found
        return None


def _once(table: dict[Any, Any], name: Any, value: object) -> None:  # noqa: ANN401 - any table's keys
    if name in table:
        raise ValueError(f"{name!r} is registered twice")
    table[name] = value
